"""Ends what was never started in time."""

from datetime import datetime

from jobs.store.store import Store

EXPIRE_SIZE = 5000  # jobs ended in one pass at most


class Expirer:
    """Ends queued and waiting jobs past their `expires_at` as `expired`."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    def run_once(self, now: datetime) -> int:
        """Expire and return how many jobs that were; raises `StoreUnavailableError`."""
        with self._store.write() as tx:
            return tx.jobs.expire(now=now, limit=EXPIRE_SIZE)
