"""The supervisor: starts the parts of a stack, starts again what dies, and stops them in order."""

import time
from collections.abc import Callable

from promptmill.errors import StackStartError
from promptmill.stack.folder import DataFolder
from promptmill.stack.leash import Leash
from promptmill.stack.log_tail import LogTail
from promptmill.stack.part import Child, Part, Turn, ending_of
from promptmill.stack.plan import Plan
from promptmill.stack.signals import Signals

START_PATIENCE_S = 120.0  # for a part to become ready; imports alone take seconds on a busy machine
LOOK_S = 0.05  # between two looks while something is awaited
IDLE_LOOK_S = 0.5
ENDINGS_ALLOWED = 3  # of one part, before the stack was ready for the first time
BAD_SETTING = 2  # the exit code with which a part refuses its settings: trying again would not help


class StopRequestedError(Exception):
    """Somebody asked the stack to stop while it was starting."""


class Supervisor:
    """Runs a plan until it is told to stop; lives in one thread and knows no other."""

    def __init__(
        self,
        plan: Plan,
        *,
        folder: DataFolder,
        lock: int,
        signals: Signals,
        say: Callable[[str], None],
        tail: LogTail | None,
        is_chatty: bool,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._lock = lock
        self._leash = Leash(lock=lock, scratch=plan.scratch)
        self._signals = signals
        self._say = say
        self._tail = tail
        self._is_chatty = is_chatty
        self._children: list[Child] = []
        self._was_ready = False

    def run(self, on_ready: Callable[[], None]) -> bool:
        """Start everything, call `on_ready`, keep it running, and stop it when asked to.

        Return whether everything could finish in its own time, which a second request to stop cuts short.
        Raises `StackStartError` if it cannot be started; nothing is left running in any case.
        """
        try:
            self._start(self._plan.foundations)
            self._start(self._plan.rest)
            self._was_ready = True
            on_ready()
            while True:
                self._look(IDLE_LOOK_S)
        except StopRequestedError:
            return self._stop()
        finally:
            self._kill()
            self._leash.close()
            self._follow_logs()

    def _start(self, parts: list[Part]) -> None:
        fresh = [
            Child(part, log=self._folder.logs / f"{part.name}.log", lock=self._lock, leash=self._leash)
            for part in parts
        ]
        self._children += fresh
        for child in fresh:
            child.start(time.monotonic())
        deadline = time.monotonic() + START_PATIENCE_S
        while waiting := [child for child in fresh if not child.has_started()]:
            if time.monotonic() > deadline:
                names = ", ".join(child.part.name for child in waiting)
                raise StackStartError(
                    f"not ready after {START_PATIENCE_S:.0f} s: {names}; see {self._folder.logs}"
                )
            self._look(LOOK_S)

    def _look(self, seconds: float) -> None:
        """Wait for something to happen, `seconds` at most, and see to what has."""
        self._signals.wait(seconds)
        if self._signals.stops:
            raise StopRequestedError
        self._leash.check()
        self._follow_logs()
        now = time.monotonic()
        for child in list(self._children):
            code = child.poll()
            if code is not None:
                self._ended(child, code, now)
            elif child.start_at is not None and child.start_at <= now:
                child.start(now)

    def _ended(self, child: Child, code: int, now: float) -> None:
        part = child.part
        if part.runs_once and code == 0:
            self._children.remove(child)
            return
        pause_s = child.schedule(now)
        if not self._was_ready and (
            part.runs_once or code == BAD_SETTING or child.endings >= ENDINGS_ALLOWED
        ):
            words = child.last_words() or f"{part.name} {ending_of(code)}"
            raise StackStartError(f"{part.name} did not start: {words} (more in {child.log})")
        self._say(f"{part.name} {ending_of(code)}; starting it again in {pause_s:g} s (log: {child.log})")

    def _stop(self) -> bool:
        asked = self._signals.stops
        if self._is_chatty:
            self._say("stopping: calls in flight may finish first (Ctrl-C stops at once)")
        for turn in Turn:
            stopping = [child for child in self._children if child.part.turn is turn]
            for child in stopping:
                child.terminate()
            if not self._wait_for(stopping, asked):
                self._say("stopping at once")
                return False
        return True

    def _wait_for(self, stopping: list[Child], asked: int) -> bool:
        """Wait until all have ended, killing those that take too long; return False if asked to hurry."""
        began = time.monotonic()
        while any(child.is_running for child in stopping):
            self._signals.wait(LOOK_S)
            self._follow_logs()
            for child in stopping:
                child.poll()
                if child.is_running and time.monotonic() - began > child.part.patience_s:
                    self._say(f"{child.part.name} did not stop in {child.part.patience_s:.0f} s; killing it")
                    child.kill()
            if self._signals.stops > asked:
                return False
        return True

    def _kill(self) -> None:
        for child in self._children:
            child.kill()
        while any(child.is_running for child in self._children):
            self._signals.wait(LOOK_S)
            for child in self._children:
                child.poll()

    def _follow_logs(self) -> None:
        if self._tail is not None:
            self._tail.follow()
