"""Answers that hold for a moment: asked for once, however many want to know at the same time."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")
ASKED_AT_ONCE = 4  # so that strangers with made-up keys do not take all threads from those with good ones


class Memo(Generic[V]):
    """Asks in a thread, and believes what it hears for `lasts_s`, counted from when it was asked."""

    def __init__(self, ask: Callable[[str], V], *, lasts_s: float, most: int) -> None:
        self._ask = ask
        self._lasts_s = lasts_s
        self._most = most
        self._known: OrderedDict[str, tuple[float, asyncio.Task[V]]] = OrderedDict()
        self._turn = asyncio.Semaphore(ASKED_AT_ONCE)

    async def get(self, name: str) -> V:
        """Return what is known of `name`; raises what asking raises, which is not remembered."""
        asked_at, answer = self._known.get(name, (0.0, None))
        if answer is None or time.monotonic() - asked_at > self._lasts_s or _has_failed(answer):
            answer = asyncio.create_task(self._asked(name))
            self._known[name] = (time.monotonic(), answer)
            self._known.move_to_end(name)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        return await asyncio.shield(answer)  # one caller who hangs up does not spoil it for the others

    async def _asked(self, name: str) -> V:
        async with self._turn:
            return await asyncio.to_thread(self._ask, name)


def _has_failed(answer: "asyncio.Task[V]") -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)
