"""Looks into the store for all who follow something, and wakes those for whom there is something new."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from itertools import chain
from typing import Generic, TypeVar

from jobs.errors import StoreUnavailableError

Asked = TypeVar("Asked")
Seen = TypeVar("Seen")

POLL_S = 1.0  # for news that got lost
TICK_S = 0.25
GATHER_S = 0.01  # between two looks for many: what comes meanwhile is looked at together
FEW = 5  # followers: they do not wait for others
MOST_AT_ONCE = 500  # followers in one look


class Follower(Generic[Asked, Seen]):
    """One who follows, as the watch knows it."""

    def __init__(self, *, is_stale: bool) -> None:
        self.asked: Asked | None = None
        self.answer: asyncio.Future[Seen | None] | None = None
        """What it waits for, while it does."""
        self.until = math.inf
        self.looked_at = asyncio.get_running_loop().time()
        self.is_stale = is_stale
        """Whether there was news of what it follows since the last look."""

    @property
    def is_waiting(self) -> bool:
        """Whether it takes an answer."""
        return self.answer is not None and not self.answer.done()


class Watch(Generic[Asked, Seen]):
    """One look serves all who are due; nobody is woken for nothing, and nobody has a timer of its own."""

    def __init__(
        self,
        read: Callable[[Sequence[Asked]], Sequence[Seen | None]],
        thread: Executor,
        *,
        poll_s: float = POLL_S,
    ) -> None:
        """`read` is called in `thread`, and returns None for those who know it all already."""
        self._poll_s = poll_s
        self._read = read
        self._thread = thread
        self._followers: defaultdict[str, set[Follower[Asked, Seen]]] = defaultdict(set)
        self._due: dict[Follower[Asked, Seen], None] = {}
        self._has_due = asyncio.Event()

    async def run(self) -> None:
        """Look whenever somebody is due, until canceled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_on())
            group.create_task(self._tick())

    def wake(self, followed_ids: Iterable[str]) -> None:
        """Note that there is news of these."""
        for followed_id in followed_ids:
            for follower in self._followers.get(followed_id, ()):
                self._add(follower)

    @contextmanager
    def follower(self, followed_id: str, *, is_new: bool = False) -> Iterator[Follower[Asked, Seen]]:
        """Register one who follows; what `is_new` is not there yet, so that there will be news of it."""
        follower = Follower[Asked, Seen](is_stale=not is_new)
        self._followers[followed_id].add(follower)
        try:
            yield follower
        finally:
            self._due.pop(follower, None)
            self._followers[followed_id].discard(follower)
            if not self._followers[followed_id]:
                del self._followers[followed_id]

    async def next(
        self, follower: Follower[Asked, Seen], asked: Asked, *, until: float, at_once: bool
    ) -> Seen | None:
        """Return what is new to one who asks so, as soon as there is anything, or None once it is `until`.

        `until` is by the loop's clock; with `at_once` there is a look before any news. Raises what the
        look raises, but for `StoreUnavailableError`: a follower outlasts a restart of the database.
        """
        follower.asked, follower.until = asked, until
        follower.answer = asyncio.get_running_loop().create_future()
        if at_once or follower.is_stale:
            self._add(follower)
        try:
            return await follower.answer
        finally:
            follower.answer = None

    def _add(self, follower: Follower[Asked, Seen]) -> None:
        follower.is_stale = True
        if follower.is_waiting:
            self._due[follower] = None
            self._has_due.set()

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(TICK_S)
            now = loop.time()
            for follower in chain.from_iterable(self._followers.values()):
                if follower.answer is None or follower.answer.done():
                    continue
                if now >= follower.until:
                    follower.answer.set_result(None)
                elif now - follower.looked_at >= self._poll_s:
                    self._add(follower)

    async def _look_on(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._has_due.wait()
            group = self._take(loop.time())
            if group:
                await self._look_for(group)
                if len(group) > FEW:
                    await asyncio.sleep(GATHER_S)

    def _take(self, now: float) -> dict[Follower[Asked, Seen], Asked]:
        group: dict[Follower[Asked, Seen], Asked] = {}
        for follower in list(self._due)[:MOST_AT_ONCE]:
            del self._due[follower]
            if follower.is_waiting and follower.asked is not None:
                follower.is_stale = False
                follower.looked_at = now
                group[follower] = follower.asked
        if not self._due:
            self._has_due.clear()
        return group

    async def _look_for(self, group: dict[Follower[Asked, Seen], Asked]) -> None:
        try:
            seen = await asyncio.get_running_loop().run_in_executor(
                self._thread, self._read, list(group.values())
            )
        except StoreUnavailableError:
            await asyncio.sleep(POLL_S)
            for follower in group:
                self._add(follower)
        except Exception as error:  # noqa: BLE001 - it belongs to those who asked
            for follower in group:
                if follower.answer is not None and not follower.answer.done():
                    follower.answer.set_exception(error)
        else:
            for (follower, asked), answer in zip(group.items(), seen, strict=True):
                self._tell(follower, asked, answer)

    def _tell(self, follower: Follower[Asked, Seen], asked: Asked, answer: Seen | None) -> None:
        if answer is None:
            return
        if follower.answer is None or follower.answer.done() or follower.asked is not asked:
            self._add(follower)  # it has been told the time meanwhile, and may ask again
        else:
            follower.answer.set_result(answer)
