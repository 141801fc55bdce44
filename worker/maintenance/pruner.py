"""Deletes what is past its retention."""

from datetime import datetime, timedelta

from jobs.store.store import Store

PRUNE_SIZE = 1000  # jobs deleted in one transaction, so that nobody waits long for a lock
PRUNED_FILES = 4  # files deleted in one transaction; each may have hundreds of parts


class Pruner:
    """Deletes ended jobs and batches with all that hangs on them, what webhooks and schedules did, files."""

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
                break
        self._delete_deliveries(now - self._retention)
        self._delete_files(now)
        self._delete_schedule_runs(now - self._retention)
        with self._store.write() as tx:
            tx.evaluations.delete_answers(before=now - self._retention)
        return total

    def _delete_schedule_runs(self, before: datetime) -> None:
        deleted = PRUNE_SIZE
        while deleted == PRUNE_SIZE:
            with self._store.write() as tx:
                deleted = tx.schedule_runs.delete_old(before=before, limit=PRUNE_SIZE)

    def _delete_files(self, now: datetime) -> None:
        deleted = PRUNED_FILES
        while deleted == PRUNED_FILES:
            with self._store.write() as tx:
                tx.openai_batches.delete_refused(before=now - self._retention)
                deleted = tx.files.delete_expired(now=now, limit=PRUNED_FILES)

    def _delete_deliveries(self, before: datetime) -> None:
        deleted = PRUNE_SIZE
        while deleted == PRUNE_SIZE:
            with self._store.write() as tx:
                deleted = tx.deliveries.delete_old(before=before, limit=PRUNE_SIZE)
