"""The worker's heartbeat, and its ear for cancellations."""

import asyncio

import structlog

from jobs.errors import StoreUnavailableError
from worker.engine.flights import Flights
from worker.engine.recorder import Recorder
from worker.engine.register import Register

HEARTBEAT_S = 0.5  # a running job's cancellation is noticed within that


class Pulse:
    """Beats while the engine lives, and stops the attempts whose callers no longer want them."""

    def __init__(self, flights: Flights, recorder: Recorder, register: Register) -> None:
        self._flights = flights
        self._recorder = recorder
        self._register = register
        self._log = structlog.get_logger("engine")

    async def run(self) -> None:
        """Beat until canceled."""
        while True:
            self._recorder.beat(len(self._flights))
            if len(self._flights):
                await self._cancel_unwanted()
            await asyncio.sleep(HEARTBEAT_S)

    async def _cancel_unwanted(self) -> None:
        try:
            unwanted = await asyncio.to_thread(self._register.unwanted)
        except StoreUnavailableError:
            return  # the recorder reports it
        except Exception:  # noqa: BLE001 - without this loop the worker would be taken for lost
            self._log.exception("cancellations_not_read")
            return
        for job_id in unwanted:
            self._flights.cancel(job_id)
