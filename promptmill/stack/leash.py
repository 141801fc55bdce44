"""The supervisor's side of the watchdog: tells it which processes must not outlive this one."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

PROGRAM = Path(__file__).with_name("watchdog.py")
PATIENCE_S = 10.0


class Leash:
    """Keeps a watchdog running that ends the listed process groups once this process is gone."""

    def __init__(self, *, lock: int, scratch: Path) -> None:
        self._lock = lock
        self._scratch = scratch
        self._pids: set[int] = set()
        self._watchdog = self._start()

    def add(self, pid: int) -> None:
        """Put the process group of `pid` under watch."""
        self._pids.add(pid)
        self._tell(f"+{pid}")

    def remove(self, pid: int) -> None:
        """Forget a process that has ended."""
        self._pids.discard(pid)
        self._tell(f"-{pid}")

    def check(self) -> None:
        """Start the watchdog again if it has ended."""
        if self._watchdog.poll() is not None:
            self._watchdog = self._start()

    def close(self) -> None:
        """Let the watchdog go; it ends what is still listed."""
        with suppress(subprocess.TimeoutExpired):
            self._watchdog.communicate(timeout=PATIENCE_S)

    def _start(self) -> "subprocess.Popen[str]":
        watchdog = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-I", "-S", str(PROGRAM), str(self._scratch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            pass_fds=(self._lock,),  # the folder stays locked until everything has ended
        )
        for pid in self._pids:
            _write(watchdog, f"+{pid}")
        return watchdog

    def _tell(self, line: str) -> None:
        self.check()
        _write(self._watchdog, line)


def _write(watchdog: "subprocess.Popen[str]", line: str) -> None:
    # A broken pipe means that it has just ended: the next check starts another with the whole list.
    with suppress(OSError):
        if watchdog.stdin is not None:
            watchdog.stdin.write(f"{line}\n")
            watchdog.stdin.flush()
