"""What all in-process contenders share: so many calls in flight until so many are done, timed."""

import argparse
import asyncio
import json
import resource
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

PROMPT = "word " * 200  # 1 KB
REQUEST = {
    "model": "claude-haiku-4-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": PROMPT}],
}
STREAMED = {**REQUEST, "stream": True}
MARKED = {**REQUEST, "messages": [{"role": "user", "content": f"marked {PROMPT}"}]}
"""The request of a call whose arrival the stand-in notes."""
HEADERS = {"x-api-key": "bench", "anthropic-version": "2023-06-01", "content-type": "application/json"}
WARM_UP = 50
Call = Callable[[], Awaitable[object]]


def arguments() -> argparse.Namespace:
    """Return what every contender is told."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--warm-up", type=int, default=WARM_UP, help="calls before it is timed, at most")
    parser.add_argument("--warm-ups", type=int, default=1)
    parser.add_argument("--streamed", action="store_true")
    return parser.parse_args()


def cpu_s() -> float:
    """Return the CPU seconds of this process and its children, user and system."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def report(jobs: int, seconds: float, cpu: float) -> None:
    """Print what was measured, for the arena to read."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    print(json.dumps({"jobs": jobs, "seconds": seconds, "cpu_s": cpu, "peak_kb": peak}), flush=True)


async def run(call: Call, told: argparse.Namespace) -> None:
    """Make the calls, so many at a time, after a few to warm up, and report."""
    warm_up = min(told.in_flight, told.warm_up)
    for _ in range(told.warm_ups):
        await _calls(call, warm_up, warm_up)
    began, cpu = time.perf_counter(), cpu_s()
    await _calls(call, told.jobs, told.in_flight)
    report(told.jobs, time.perf_counter() - began, cpu_s() - cpu)


async def _calls(call: Call, jobs: int, in_flight: int) -> None:
    numbers = iter(range(jobs))

    async def work() -> None:
        for _ in numbers:
            await call()

    await asyncio.gather(*(work() for _ in range(in_flight)))


def main(contend: Callable[[argparse.Namespace], Awaitable[None]]) -> None:
    """Run one contender."""
    uvloop.run(contend(arguments()))  # type: ignore[arg-type]  # a coroutine is what it is
