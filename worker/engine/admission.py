"""From the backlog to running attempts: ask for slots, claim in groups, start."""

import asyncio
from collections.abc import Callable, Iterable

import structlog

from jobs.bundle import BundleItem
from jobs.errors import PromptmillError
from jobs.job import ClaimedJob
from worker.engine.backlog import Backlog
from worker.engine.recorder import Recorder
from worker.engine.slots import Slots

CLAIM_SIZE = 200  # jobs claimed in one statement at most
REFUSED_PAUSE_S = 0.5  # after a claim that the store could not take


class Admission:
    """Lets jobs start in their order, as many at a time as there are slots; the others wait unclaimed."""

    def __init__(self, *, slots: Slots, recorder: Recorder) -> None:
        self._slots = slots
        self._recorder = recorder
        self._backlog = Backlog()
        self._changed = asyncio.Event()
        self._log = structlog.get_logger("admission")

    @property
    def is_hungry(self) -> bool:
        """Whether more work should be fetched before the backlog runs dry."""
        return len(self._backlog) < self._slots.count and self._slots.free > 0

    def offer(self, items: Iterable[BundleItem]) -> None:
        """Take `items` into the backlog."""
        self._backlog.add(items)
        self._changed.set()

    def slot_freed(self) -> None:
        """Note that an attempt has ended."""
        self._slots.give()
        self._changed.set()

    def close(self) -> list[str]:
        """Return the ids of what was offered and never claimed."""
        return [item.job_id for item in self._backlog.clear()]

    async def run(self, start: Callable[[ClaimedJob], None]) -> None:
        """Admit until canceled; `start` is called with each job that was claimed."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while items := self._backlog.take(min(self._slots.free, CLAIM_SIZE)):
                try:
                    await self._admit(items, start)
                except PromptmillError as error:
                    self._log.warning("claim_refused", jobs=len(items), error=str(error))
                    self.offer(items)
                    await asyncio.sleep(REFUSED_PAUSE_S)

    async def _admit(self, items: list[BundleItem], start: Callable[[ClaimedJob], None]) -> None:
        self._slots.take(len(items))
        claiming = asyncio.ensure_future(self._recorder.claim([item.job_id for item in items]))
        try:
            await asyncio.shield(claiming)
        finally:
            # Also when we are told to stop: what the store has claimed must be started, not forgotten.
            [jobs] = await asyncio.gather(claiming, return_exceptions=True)
            jobs = jobs if isinstance(jobs, list) else []
            self._slots.give(len(items) - len(jobs))
            for job in jobs:
                start(job)
