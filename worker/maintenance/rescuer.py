"""Takes back the jobs of workers that have fallen silent."""

from datetime import datetime, timedelta

import structlog

from jobs.store.store import Store


class Rescuer:
    """Queues again what a lost worker was running; the fence keeps that worker's late results out."""

    def __init__(self, *, store: Store, worker_lease: timedelta) -> None:
        self._store = store
        self._worker_lease = worker_lease
        self._log = structlog.get_logger("rescuer")

    def run_once(self, now: datetime) -> int:
        """Rescue and return how many jobs that were; raises `StoreUnavailableError`."""
        with self._store.write() as tx:
            lost = tx.workers.lost(silent_since=now - self._worker_lease)
            if not lost:
                return 0
            rescued = tx.jobs.rescue(lost, now=now)
            for worker_id in lost:
                tx.workers.remove(worker_id)
        self._log.warning("workers_lost", worker_ids=lost, jobs=rescued)
        return rescued
