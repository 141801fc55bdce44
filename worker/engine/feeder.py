"""Keeps the backlog from running dry."""

import asyncio
from collections.abc import Callable

import structlog

from jobs.errors import StoreUnavailableError
from worker.engine.admission import Admission
from worker.engine.slots import Slots

FED_PAUSE_S = 0.05  # between looks at the backlog while there is work
UNFED_PAUSE_S = 1.0  # while there is none
AHEAD_S = 0.2  # the backlog should last so long: a few looks, and the way of a bundle through the broker

Feed = Callable[[float], bool]
"""Has more work sent for one who starts so many jobs a second; says whether there was any. May block."""


class Feeder:
    """Has more work sent while the engine is hungry, and before it would be."""

    def __init__(self, admission: Admission, slots: Slots, feed: Feed) -> None:
        self._admission = admission
        self._slots = slots
        self._feed = feed
        self._log = structlog.get_logger("engine")

    async def run(self) -> None:
        """Feed until canceled."""
        while True:
            pace = self._slots.pace
            is_hungry = self._admission.is_hungry(soon=pace * AHEAD_S)
            is_fed = await self._feed_once(pace) if is_hungry else True
            await asyncio.sleep(FED_PAUSE_S if is_fed else self._unfed_pause_s())

    def _unfed_pause_s(self) -> float:
        """Return in what time as many calls land as there are slots: what is on its way lasts no longer."""
        pace = self._slots.pace
        if pace <= self._slots.count / UNFED_PAUSE_S:
            return UNFED_PAUSE_S
        return max(FED_PAUSE_S, self._slots.count / pace)

    async def _feed_once(self, pace: float) -> bool:
        try:
            return await asyncio.to_thread(self._feed, pace)
        except StoreUnavailableError:
            return False
        except Exception:  # noqa: BLE001 - without this loop the engine would live on ticks alone
            self._log.exception("feed_failed")
            return False
