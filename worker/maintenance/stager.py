"""Feeds the broker from SQL: what is due, in fair order, up to a horizon of a few seconds of work."""

from datetime import datetime, timedelta

import structlog

from jobs.bundle import BundleItem
from jobs.dispatch import Dispatcher
from jobs.store.store import Store, Transaction

HORIZON_PER_SLOT = 3  # dispatched jobs for each call that the fleet can have in flight
LEAST_HORIZON = 300
WAKE_SIZE = 2000  # waiting jobs queued in one pass at most


class Stager:
    """Wakes what is due, takes back what was dispatched in vain, and dispatches what is next."""

    def __init__(self, *, store: Store, dispatcher: Dispatcher, dispatch_lease: timedelta) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._dispatch_lease = dispatch_lease
        self._log = structlog.get_logger("stager")

    def run_once(self, now: datetime) -> int:
        """Dispatch up to the horizon and return how many jobs that were; raises `StoreUnavailableError`."""
        with self._store.write() as tx:
            tx.jobs.wake(now=now, limit=WAKE_SIZE)
            lapsed = tx.jobs.undispatch(now=now, lease=self._dispatch_lease)
            items = self._stage(tx, now)
        if lapsed:
            self._log.info("dispatched_again", jobs=lapsed)
        if items and not self._dispatcher.send(items):
            with self._store.write() as tx:
                tx.jobs.undispatch_ids([item.job_id for item in items])
            return 0
        return len(items)

    def _stage(self, tx: Transaction, now: datetime) -> list[BundleItem]:
        """Mark what is next, lane by lane: each has its own horizon, so that none blocks another."""
        horizon = max(LEAST_HORIZON, HORIZON_PER_SLOT * tx.workers.slots())
        dispatched = tx.jobs.dispatched_counts()
        items: list[BundleItem] = []
        for lane in tx.jobs.ready_lanes():
            room = horizon - dispatched.get(lane, 0)
            if room > 0:
                items += tx.jobs.stage(lane, limit=room, now=now)
        return items
