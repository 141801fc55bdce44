"""Promptmill: real worker processes, and a batch that is in the store before they start."""

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import psycopg
import redis

from benchmarks.contenders.loop import REQUEST, STREAMED
from benchmarks.machine import CONTENDER_CORE, OTHERS_CORE
from benchmarks.watching import start, stopped, watch
from claude.dialect import Dialect
from claude.model_class import model_class
from jobs.batch import NewBatch
from jobs.ids import BATCH_PREFIX, IDS, JOB_PREFIX
from jobs.job import NewJob, Priority
from jobs.store import migrate
from jobs.store.connect import open_engine
from jobs.store.store import Store

DAY = timedelta(days=1)


def contend() -> None:
    """Fill the store, start the workers, watch the batch's counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True, help="URL of an empty database")
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--streamed", action="store_true")
    told = parser.parse_args()
    store = emptied(told.database, os.environ["REDIS_URL"])
    batch_id = fill(store, told.jobs, is_streamed=told.streamed)
    analyse(told.database)
    cores = [CONTENDER_CORE, OTHERS_CORE][: told.workers]
    workers = [start_worker(told.database, told.in_flight, core=core) for core in cores]
    try:
        with stopped(*workers, start_worker(told.database, told.in_flight, "beat", core=OTHERS_CORE)):
            watch([worker.pid for worker in workers], lambda: ended(store, batch_id), jobs=told.jobs)
    finally:
        store.close()


def emptied(database_url: str, redis_url: str) -> Store:
    """Return the store of an emptied database; the broker is emptied too."""
    redis.Redis.from_url(redis_url).flushall()
    migrate.downgrade(database_url)
    migrate.upgrade(database_url)
    return Store(open_engine(database_url))


def analyse(database_url: str) -> None:
    """Have Postgres look at what it holds, as it does by itself within a minute."""
    if database_url.startswith("postgresql"):
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("ANALYZE")


def start_worker(
    database_url: str, in_flight: int, *role: str, core: int, **settings: str
) -> subprocess.Popen[bytes]:
    """Start a worker process, or with the role `beat` that one, with limits off."""
    environment = {
        **os.environ,
        "ANTHROPIC_BASE_URL": os.environ["UPSTREAM"],
        "ANTHROPIC_API_KEY": "bench",
        "DATABASE_URL": database_url,
        "PROMPTMILL_CONCURRENCY": str(in_flight),
        "PROMPTMILL_LIMITS": "off",
        **settings,
    }
    return start([sys.executable, "-m", "worker", *role], environment=environment, core=core)


def fill(store: Store, count: int, *, is_streamed: bool = False) -> str:
    """Store a batch of `count` jobs and return its id."""
    now, batch_id = datetime.now(UTC), IDS.make(BATCH_PREFIX)
    body, model = json.dumps(STREAMED if is_streamed else REQUEST), str(REQUEST["model"])
    jobs = (
        NewJob(
            id=job_id,
            tenant="default",
            batch_id=batch_id,
            custom_id=job_id,
            dialect=Dialect.MESSAGES,
            model=model,
            lane=model_class(model),
            stream=is_streamed,
            priority=Priority.NORMAL,
            body=body,
            headers={},
            input_tokens_estimate=250,
            max_failures=5,
            created_at=now,
            expires_at=now + DAY,
        )
        for job_id in IDS.make_many(JOB_PREFIX, count)
    )
    batch = NewBatch(
        id=batch_id,
        tenant="default",
        dialect=Dialect.MESSAGES,
        name=None,
        total=count,
        created_at=now,
        expires_at=now + DAY,
    )
    with store.write() as tx:
        tx.batches.add(batch)
        tx.jobs.add_many(jobs, dispatched_at=None)
    return batch_id


def ended(store: Store, batch_id: str) -> int:
    """Return how many jobs are settled in SQL; none may have failed."""
    with store.read() as tx:
        batch = tx.batches.get(batch_id)
    if batch is None or batch.counts.errored:
        raise SystemExit(f"jobs failed: {batch}")
    return batch.counts.succeeded


if __name__ == "__main__":
    contend()
