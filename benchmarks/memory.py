"""Resident memory with so many calls in flight, and what each of them costs.

The stand-in holds every call back. A contender first has 20 calls in flight, five times, so that all it
imports and opens is there, then as many as the row says; what a call costs is the difference, over
the difference in calls. Children are counted, memory that they share only once. Where a client has fewer
connections than calls (Anthropic's SDK 1,000, LiteLLM 500), the calls that wait for one count all the same.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial

import psycopg

from benchmarks.arena import Arena, ContenderError, open_arena
from benchmarks.contenders.promptmill import emptied, fill, start_worker
from benchmarks.machine import CONTENDER_CORE, OTHERS_CORE, PEERS, ROOT, pinned
from benchmarks.rounds import Entry, arguments, run
from benchmarks.table import Column, Layout, Report
from benchmarks.watching import resident_kb, stopped

FEW = 20  # calls in flight at first
LOOK_S = 0.1
OPENED_S = 120.0  # for all calls to be in flight
STUCK_S = 15.0  # without one more call: it gets no further
STEADY_S = 2.0  # before memory is looked at
WARM_UPS = 5
PROMPTMILL = "promptmill, Postgres"
LAYOUT = Layout(
    name="memory",
    question="What one worker process keeps in memory for each call in flight, in KB.",
    condition="in flight",
    columns=(
        Column(title="KB a call", of=lambda told: told["kb_a_call"], form=",.1f"),
        Column(title="resident MB", of=lambda told: told["resident_kb"] / 1024, form=",.0f"),
        Column(title="before MB", of=lambda told: told["before_kb"] / 1024, form=",.0f"),
        Column(title="on the wire", of=lambda told: told["reached"]),
    ),
    reference=PROMPTMILL,
)


@dataclass(frozen=True, kw_only=True)
class Running:
    """A contender that is ready to make calls."""

    pid: int
    begin: Callable[[int], object]
    """Has so many calls made."""
    waiting_counts: bool = False
    """Whether calls that it has begun wait in its own pool of connections."""


def main() -> None:
    """Measure each contender at each number of calls."""
    parser = arguments(__doc__, rounds=3)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--longest-s", type=float, default=OPENED_S, help="for all calls to be in flight")
    given = parser.parse_args()
    with open_arena("--hold") as arena:
        contenders = {
            PROMPTMILL: partial(_promptmill, arena),
            "aiohttp loop (the floor)": partial(_loop, arena, "aiohttp_loop"),
            "anthropic SDK loop": partial(_loop, arena, "anthropic_sdk"),
            "litellm.acompletion loop": partial(_loop, arena, "litellm_loop"),
            "Celery, a task each, threads": partial(_celery, arena),
        }
        entries = [
            Entry(
                name=name,
                condition=f"{count:,}",
                measure=partial(_measure, arena, start, count, given.longest_s),
            )
            for count in given.in_flight
            for name, start in contenders.items()
        ]
        run(LAYOUT, entries, given)


def _measure(arena: Arena, start: Callable[[int], Iterator[Running]], count: int, longest_s: float) -> Report:
    with contextmanager(start)(count) as contender:
        for _ in range(WARM_UPS):
            arena.standin.release()
            contender.begin(FEW)
            _reached(arena, FEW, longest_s)
        time.sleep(STEADY_S)
        before_kb = resident_kb(contender.pid)
        arena.standin.release()
        contender.begin(count)
        reached = _reached(arena, count, longest_s)
        time.sleep(STEADY_S)
        kept_kb = resident_kb(contender.pid)
        arena.standin.release()
    if reached <= FEW:
        raise ContenderError(f"no more than {reached} calls were ever in flight")
    calls = count if contender.waiting_counts else reached
    return {
        "kb_a_call": (kept_kb - before_kb) / (calls - FEW),
        "resident_kb": kept_kb,
        "before_kb": before_kb,
        "reached": reached,
    }


def _reached(arena: Arena, wanted: int, longest_s: float) -> int:
    """Wait until so many calls are held, or, once many are, until no more come; return how many are."""
    began = grown = time.monotonic()
    most = -1
    while (held := arena.standin.held()) != wanted:
        now = time.monotonic()
        if held != most:
            most, grown = held, now
        if held > FEW and max(now - grown - STUCK_S, now - began - longest_s) > 0:
            return held
        if now - began > longest_s:
            raise ContenderError(f"{held} of {wanted} calls were in flight after {longest_s:.0f} s")
        time.sleep(LOOK_S)
    return held


def _promptmill(arena: Arena, count: int) -> Iterator[Running]:
    with closing(emptied(arena.postgres_url, arena.redis_url)) as store:
        os.environ["UPSTREAM"] = arena.standin.url
        os.environ["REDIS_URL"] = arena.redis_url
        worker = start_worker(arena.postgres_url, count, core=CONTENDER_CORE)
        with stopped(worker, start_worker(arena.postgres_url, count, "beat", core=OTHERS_CORE)):
            yield Running(pid=worker.pid, begin=partial(fill, store))
            _await_settled(arena, count + WARM_UPS * FEW)


def _await_settled(arena: Arena, count: int) -> None:
    until = time.monotonic() + OPENED_S
    settled = 0
    with psycopg.connect(arena.postgres_url, autocommit=True) as connection:
        while settled < count:
            [(settled,)] = connection.execute("SELECT sum(succeeded)::int FROM batches").fetchall()
            if time.monotonic() > until:
                raise ContenderError(f"{settled} of {count} jobs are settled in SQL")
            time.sleep(LOOK_S)


def _loop(arena: Arena, module: str, count: int) -> Iterator[Running]:
    """Run a loop, which makes a few calls to warm up before it makes all."""
    command = [str(PEERS), "-m", f"benchmarks.contenders.{module}", "--url", arena.standin.url]
    command += [
        "--jobs",
        str(count),
        "--in-flight",
        str(count),
        "--warm-up",
        str(FEW),
        "--warm-ups",
        str(WARM_UPS),
    ]
    with _python(arena, command, CONTENDER_CORE) as process:
        yield Running(pid=process.pid, begin=lambda _count: None, waiting_counts=True)


def _celery(arena: Arena, count: int) -> Iterator[Running]:
    def begin(calls: int) -> None:
        command = [str(PEERS), "-m", "benchmarks.contenders.queue", "celery-threads", "--part", "queue"]
        command += ["--jobs", str(calls), "--in-flight", str(count)]
        with _python(arena, command, OTHERS_CORE) as process:
            process.wait(OPENED_S)

    command = [str(PEERS), "-m", "celery", "-A", "benchmarks.contenders.celery_tasks", "worker"]
    with _python(arena, [*command, "-P", "threads", "-c", str(count)], CONTENDER_CORE) as process:
        yield Running(pid=process.pid, begin=begin)


@contextmanager
def _python(arena: Arena, command: list[str], core: int) -> Iterator[subprocess.Popen[bytes]]:
    with (
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=arena.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=pinned(core),  # noqa: PLW1509 - no threads here
        ) as process,
        stopped(process),
    ):
        yield process


if __name__ == "__main__":
    main()
