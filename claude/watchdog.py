"""Limits on waiting, with one timer for all: one for each would cost a call more than reading its answer."""

import asyncio
from types import TracebackType
from typing import Self

TICK_S = 0.05


class Watchdog:
    """Looks now and then which waits have lasted too long; belongs to one event loop."""

    def __init__(self) -> None:
        self._limits: set[Limit] = set()
        self._is_awake = False

    def until(self, at: float) -> "Limit":
        """Limit a wait to `at`, in the loop's time, or to `TICK_S` later."""
        return Limit(self, at)

    def watch(self, limit: "Limit") -> None:
        """Watch `limit` until it is let go."""
        self._limits.add(limit)
        if not self._is_awake:
            self._is_awake = True
            asyncio.get_running_loop().call_later(TICK_S, self._look)

    def let_go(self, limit: "Limit") -> None:
        """Watch it no longer."""
        self._limits.discard(limit)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for limit in [limit for limit in self._limits if limit.at <= now]:
            self.let_go(limit)
            limit.pass_()
        self._is_awake = bool(self._limits)
        if self._is_awake:
            loop.call_later(TICK_S, self._look)


class Limit:
    """A limited wait of the current task; past its time it raises TimeoutError, as `asyncio.timeout` does."""

    __slots__ = ("_cancelling", "_has_passed", "_task", "_watchdog", "at")

    def __init__(self, watchdog: Watchdog, at: float) -> None:
        self.at = at
        self._watchdog = watchdog
        self._has_passed = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - narrows the type
        self._task = task
        self._cancelling = task.cancelling()
        self._watchdog.watch(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._watchdog.let_go(self)
        # Whoever else has canceled the task meanwhile is not to be deprived of it.
        if self._has_passed and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def pass_(self) -> None:
        """Break the wait off."""
        self._has_passed = True
        self._task.cancel()
