"""Looks into the store, all that are due in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Seen = TypeVar("Seen")

MOST_AT_ONCE = 500  # looks in one transaction


@dataclass(frozen=True, slots=True)
class _Look(Generic[Asked, Seen]):
    asked: Asked
    seen: "asyncio.Future[Seen]"


class Grouped(Generic[Asked, Seen]):
    """Takes the wishes of all followers together; while one group is read, the next one gathers."""

    def __init__(self, read: Callable[[Sequence[Asked]], Sequence[Seen]]) -> None:
        self._read = read
        self._waiting: list[_Look[Asked, Seen]] = []
        self._reading: asyncio.Task[None] | None = None

    async def look(self, asked: Asked) -> Seen:
        """Return what `read` returns for `asked`; raises what it raises for the whole group."""
        look: _Look[Asked, Seen] = _Look(asked, asyncio.get_running_loop().create_future())
        self._waiting.append(look)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await look.seen

    async def _read_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                seen = await asyncio.to_thread(self._read, [look.asked for look in group])
            except Exception as error:  # noqa: BLE001 - it belongs to those who asked
                for look in group:
                    if not look.seen.done():
                        look.seen.set_exception(error)
                continue
            for look, answer in zip(group, seen, strict=True):
                if not look.seen.done():
                    look.seen.set_result(answer)
        self._reading = None
