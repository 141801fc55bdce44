"""How contenders that are worker processes are timed: from the first job done to the last, with their CPU."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.arena import CONTENDER_CORE, pin
from benchmarks.contenders.loop import report

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
EVERY_S = 0.02


def start(
    command: list[str], *, environment: dict[str, str], core: int | None = CONTENDER_CORE
) -> subprocess.Popen[bytes]:
    """Start a worker on the contenders' core."""
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=(lambda: pin(core)) if core is not None else None,  # noqa: PLW1509 - no threads here
    )


def watch(pids: list[int], done: Callable[[], int], *, jobs: int) -> None:
    """Wait until `done` says `jobs`, and report what came after the first look at work being done."""
    while not (first := done()):
        time.sleep(EVERY_S)
    began, cpu = time.perf_counter(), _cpu_s(pids)
    while (so_far := done()) < jobs:
        time.sleep(EVERY_S)
    report(so_far - first, time.perf_counter() - began, _cpu_s(pids) - cpu)


def _cpu_s(pids: list[int]) -> float:
    return sum(_cpu_of(pid) + _cpu_s(_children(pid)) for pid in pids)


def _children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text().split()]


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND
