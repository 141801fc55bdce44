"""This worker's entry in the record: who it is, that it lives, and what others ask of it."""

import os
import socket
from collections.abc import Sequence
from datetime import datetime

import structlog

from jobs.clock import Clock
from jobs.errors import StoreUnavailableError
from jobs.store.store import Store, Transaction
from worker.engine.presence import Presence


class Register:
    """Speaks to the store in the worker's name; every method blocks."""

    def __init__(self, *, store: Store, worker_id: str, slot_count: int, clock: Clock) -> None:
        self._store = store
        self._slot_count = slot_count
        self._log = structlog.get_logger("engine")
        self.worker_id = worker_id
        self.presence = Presence(clock)

    def enter(self) -> None:
        """Make the worker known; from now on its heartbeat is watched."""
        with self._store.write() as tx:
            beat_at = self._enter(tx)
        self.presence.note(beat_at)

    def beat(self, tx: Transaction, *, in_flight: int) -> datetime:
        """Note within `tx` that the worker is alive, and return when; one that was given up enters anew.

        It must, before it claims: the jobs of a worker that nobody knows are rescued at once.
        """
        if beat_at := tx.workers.beat(self.worker_id, in_flight=in_flight):
            return beat_at
        self._log.warning("worker_was_given_up", worker_id=self.worker_id)
        return self._enter(tx)

    def leave(self) -> None:
        """Take the worker off; if the store is away the rescuer will do it."""
        try:
            with self._store.write() as tx:
                tx.workers.remove(self.worker_id)
        except StoreUnavailableError as error:
            self._log.warning("worker_not_removed", error=str(error))

    def unwanted(self) -> list[str]:
        """Return the ids of this worker's running jobs whose cancellation was asked for."""
        with self._store.read() as tx:
            return tx.jobs.cancellations(self.worker_id)

    def give_back(self, job_ids: Sequence[str]) -> None:
        """Let other workers have what was offered here and never claimed."""
        if not job_ids:
            return
        try:
            with self._store.write() as tx:
                tx.jobs.undispatch_ids(job_ids)
        except StoreUnavailableError as error:
            self._log.warning("offers_not_given_back", jobs=len(job_ids), error=str(error))

    def _enter(self, tx: Transaction) -> datetime:
        return tx.workers.register(
            self.worker_id, host=socket.gethostname(), pid=os.getpid(), slots=self._slot_count
        )
