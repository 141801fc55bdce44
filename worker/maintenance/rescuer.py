"""Takes back the jobs of workers that have fallen silent."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from jobs.store.store import Store


class Rescuer:
    """Queues again what a lost worker was running; the fence keeps that worker's late results out.

    Only while `may_judge`, and while `judge`, this worker itself, is not among the silent: when the record
    was away, or its clock was set, everybody seems so, and what they hold in memory would be thrown away.
    """

    def __init__(
        self, *, store: Store, judge: str, worker_lease: timedelta, may_judge: Callable[[], bool]
    ) -> None:
        self._store = store
        self._judge = judge
        self._worker_lease = worker_lease
        self._may_judge = may_judge
        self._log = structlog.get_logger("rescuer")

    def run_once(self, now: datetime) -> int:
        """Rescue and return how many jobs that were; raises `StoreUnavailableError`."""
        if not self._may_judge():
            return 0
        with self._store.write() as tx:
            lost = tx.workers.lost(lease=self._worker_lease)
            # Asked again, as we may have waited for the record all the time that the others did.
            if not lost or self._judge in lost or not self._may_judge():
                return 0
            rescued = tx.jobs.rescue(lost, now=now)
            for worker_id in lost:
                tx.workers.remove(worker_id)
        self._log.warning("workers_lost", worker_ids=lost, jobs=rescued)
        return rescued
