"""Promptmill: real worker processes, and a batch that is in the store before they start."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import redis
from sqlalchemy import text

from benchmarks.arena import CONTENDER_CORE, OTHERS_CORE
from benchmarks.contenders.loop import REQUEST
from benchmarks.watching import start, watch
from claude.dialect import Dialect
from claude.model_class import model_class
from jobs.batch import NewBatch
from jobs.ids import BATCH_PREFIX, IDS, JOB_PREFIX
from jobs.job import NewJob, Priority
from jobs.store import migrate
from jobs.store.connect import open_engine
from jobs.store.store import Store

STREAMED = {**REQUEST, "stream": True}
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
    redis.Redis.from_url(os.environ["REDIS_URL"]).flushall()
    migrate.downgrade(told.database)
    migrate.upgrade(told.database)
    engine = open_engine(told.database)
    store = Store(engine)
    batch_id = fill(store, told.jobs, is_streamed=told.streamed)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    environment = _environment(told)
    cores = [CONTENDER_CORE] if told.workers == 1 else [CONTENDER_CORE, OTHERS_CORE]
    command = [sys.executable, "-m", "worker"]
    workers = [start(command, environment=environment, core=core) for core in cores[: told.workers]]
    beat = start([*command, "beat"], environment=environment, core=OTHERS_CORE)
    try:
        watch([worker.pid for worker in workers], lambda: ended(store, batch_id), jobs=told.jobs)
    finally:
        for process in (beat, *workers):
            process.terminate()
        for process in (beat, *workers):
            process.wait()
        store.close()


def _environment(told: argparse.Namespace) -> dict[str, str]:
    return {
        **os.environ,
        "ANTHROPIC_BASE_URL": os.environ["UPSTREAM"],
        "ANTHROPIC_API_KEY": "bench",
        "DATABASE_URL": told.database,
        "PROMPTMILL_CONCURRENCY": str(told.in_flight),
        "PROMPTMILL_LIMITS": "off",
    }


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
