"""Deletes what is past its retention."""

from datetime import datetime, timedelta

from jobs.store.store import Store

PRUNE_SIZE = 1000  # jobs deleted in one transaction, so that nobody waits long for a lock


class Pruner:
    """Deletes ended jobs and batches, with all that hangs on them."""

    def __init__(self, *, store: Store, retention: timedelta) -> None:
        self._store = store
        self._retention = retention

    def run_once(self, now: datetime) -> int:
        """Delete and return how many jobs that were; raises `StoreUnavailableError`."""
        total = 0
        while True:
            with self._store.write() as tx:
                deleted = tx.jobs.delete_ended(before=now - self._retention, limit=PRUNE_SIZE)
            total += deleted
            if deleted < PRUNE_SIZE:
                return total
