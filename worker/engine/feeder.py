"""Keeps the backlog from running dry."""

import asyncio
from collections.abc import Callable

import structlog

from jobs.errors import StoreUnavailableError
from worker.engine.admission import Admission

FED_PAUSE_S = 0.05  # between looks at the backlog while there is work
UNFED_PAUSE_S = 1.0  # while there is none


class Feeder:
    """Has more work sent while the engine is hungry.

    `feed` may block, publishes what is due, and returns whether there was any.
    """

    def __init__(self, admission: Admission, feed: Callable[[], bool]) -> None:
        self._admission = admission
        self._feed = feed
        self._log = structlog.get_logger("engine")

    async def run(self) -> None:
        """Feed until canceled."""
        while True:
            is_fed = await self._feed_once() if self._admission.is_hungry else True
            await asyncio.sleep(FED_PAUSE_S if is_fed else UNFED_PAUSE_S)

    async def _feed_once(self) -> bool:
        try:
            return await asyncio.to_thread(self._feed)
        except StoreUnavailableError:
            return False
        except Exception:  # noqa: BLE001 - without this loop the engine would live on ticks alone
            self._log.exception("feed_failed")
            return False
