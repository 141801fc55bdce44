"""A part of the stack: what to run, and the one process that runs it."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from promptmill.stack.leash import Leash

FIRST_PAUSE_S = 0.5  # before a part that ended is started again; doubles up to:
LONGEST_PAUSE_S = 30.0
STEADY_S = 30.0  # a part that ran for that long starts over with the first pause
LARGEST_LOG = 10 * 1024 * 1024  # bytes; a longer log is put aside when its part starts


class Turn(IntEnum):
    """When a part is stopped: those with the lower number first."""

    WORK = 0
    TAKE = 1
    ANSWER = 2
    CARRY = 3


def _at_once() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What to run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    turn: Turn
    patience_s: float = 10.0
    """How long it may take to stop before it is killed."""
    is_ready: Callable[[], bool] = _at_once
    runs_once: bool = False
    """Whether it ends by itself when it is done, as a migration does."""


class Child:
    """The process of a part, from one start to the next."""

    def __init__(self, part: Part, *, log: Path, lock: int, leash: Leash) -> None:
        self.part = part
        self.log = log
        self._lock = lock
        self._leash = leash
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._pause_s = FIRST_PAUSE_S
        self.endings = 0
        """How often it ended before it had run steadily."""
        self.start_at: float | None = None
        """When to start it again, on the monotonic clock."""
        self._is_ready = False

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def start(self, now: float) -> None:
        """Start the process in a session of its own, so that the terminal's Ctrl-C does not reach it."""
        self.start_at = None
        self._started_at = now
        self._is_ready = False
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                self.part.command,
                env=dict(self.part.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(self._lock,),
            )
        self._leash.add(self._process.pid)

    def poll(self) -> int | None:
        """Return the exit code if the process has just ended."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        self._leash.remove(self._process.pid)
        self._process = None
        return code

    def has_started(self) -> bool:
        """Whether the process is ready, or, of a part that runs once, whether it is done."""
        if self.part.runs_once:
            return not self.is_running and self.start_at is None
        self._is_ready = self.is_running and (self._is_ready or self.part.is_ready())
        return self._is_ready

    def schedule(self, now: float) -> float:
        """Set the time of the next start; return the pause until then in seconds."""
        if now - self._started_at > STEADY_S:
            self._pause_s, self.endings = FIRST_PAUSE_S, 0
        self.endings += 1
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, LONGEST_PAUSE_S)
        self.start_at = now + pause_s
        return pause_s

    def terminate(self) -> None:
        """Ask the process to stop."""
        self.start_at = None
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def kill(self) -> None:
        """End the process and whatever it has started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """Return the last line of the log, empty if there is none."""
        with suppress(OSError):
            lines = self.log.read_bytes()[-4096:].decode(errors="replace").split("\n")
            return next((line.strip() for line in reversed(lines) if line.strip()), "")
        return ""


def ending_of(code: int) -> str:
    """Say how a process ended."""
    if code < 0:
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
