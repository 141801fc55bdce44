"""How contenders that are worker processes are timed: from the first job done to the last, with their CPU."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contenders.loop import report
from benchmarks.machine import CONTENDER_CORE, pinned

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
EVERY_S = 0.02
LONGEST_S = 240.0  # without an end
STOP_S = 20.0


def start(
    command: list[str], *, environment: dict[str, str], core: int | None = CONTENDER_CORE
) -> subprocess.Popen[bytes]:
    """Start a worker on the contenders' core."""
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=pinned(core) if core is not None else None,  # noqa: PLW1509 - no threads here
    )


@contextmanager
def stopped(*workers: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the first worker; stop all of them afterwards, by force if they take too long."""
    try:
        yield workers[0]
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(STOP_S)
            except subprocess.TimeoutExpired:
                for pid in family(worker.pid):
                    os.kill(pid, 9)
                worker.wait()


def watch(pids: list[int], done: Callable[[], int], *, jobs: int) -> None:
    """Wait until `done` says `jobs`, and report what came after the first look at work being done."""
    told = timed(pids, done, jobs=jobs)
    report(int(told["jobs"]), told["seconds"], told["cpu_s"])


def timed(
    pids: list[int], done: Callable[[], int], *, jobs: int, every_s: float = EVERY_S
) -> dict[str, float]:
    """Return how many jobs came after the first look at work being done, in which time, for which CPU."""
    first = _wait(done, 1, every_s)
    began, cpu = time.perf_counter(), cpu_of(pids)
    so_far = _wait(done, jobs, every_s)
    return {
        "jobs": so_far - first,
        "seconds": time.perf_counter() - began,
        "cpu_s": cpu_of(pids) - cpu,
    }


def _wait(done: Callable[[], int], wanted: int, every_s: float) -> int:
    until = time.perf_counter() + LONGEST_S
    while (so_far := done()) < wanted:
        if time.perf_counter() > until:
            raise SystemExit(f"{so_far} of {wanted} jobs were done after {LONGEST_S:.0f} s")
        time.sleep(every_s)
    return so_far


def cpu_of(pids: list[int], *, with_ended: bool = False) -> float:
    """Return the CPU seconds of these processes and their children, on request of those that ended too."""
    return sum(_cpu_s(pid, with_ended=with_ended) for root in pids for pid in family(root))


def resident_kb(pid: int) -> int:
    """Return what a process and its children keep in memory, shared pages counted once."""
    return sum(_proportional_kb(each) for each in family(pid))


def peak_kb(pid: int) -> int:
    """Return the most that the process had in memory since `forget_peak`."""
    return _field_kb(Path(f"/proc/{pid}/status"), "VmHWM")


def forget_peak(pid: int) -> None:
    """Have the process's peak start again from what it has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def family(pid: int) -> list[int]:
    """Return the process and its children, theirs too."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    return [pid, *(each for child in children for each in family(child))]


def _proportional_kb(pid: int) -> int:
    return _field_kb(Path(f"/proc/{pid}/smaps_rollup"), "Pss")


def _field_kb(path: Path, name: str) -> int:
    lines = path.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _cpu_s(pid: int, *, with_ended: bool) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    ticks = fields[11:15] if with_ended else fields[11:13]  # the latter two: of children waited for
    return sum(map(int, ticks)) / TICKS_A_SECOND
