"""Feeds the broker from SQL: what is due, in fair order, up to a horizon."""

from datetime import datetime, timedelta

import structlog

from jobs.bundle import BundleItem
from jobs.dispatch import Dispatcher
from jobs.store.store import Store, Transaction

HORIZON_PER_SLOT = 3  # dispatched jobs for each call that the fleet can have in flight
LEAST_HORIZON = 300
HORIZON_S = 0.4  # of work, for a worker that says how fast it is
WAKE_SIZE = 2000  # waiting jobs queued in one pass at most


class Stager:
    """Wakes what is due, takes back what was dispatched in vain, and dispatches what is next."""

    def __init__(self, *, store: Store, dispatcher: Dispatcher, dispatch_lease: timedelta) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._dispatch_lease = dispatch_lease
        self._log = structlog.get_logger("stager")

    def run_once(self, now: datetime, *, pace: float = 0.0) -> int:
        """Dispatch up to the horizon and return how many jobs that were; raises `StoreUnavailableError`.

        `pace` is how many jobs a second a worker starts for whom it is done.
        """
        with self._store.write() as tx:
            tx.jobs.wake(now=now, limit=WAKE_SIZE)
            lapsed = tx.jobs.undispatch(now=now, lease=self._dispatch_lease)
            items = self._stage(tx, now, pace)
        if lapsed:
            self._log.info("dispatched_again", jobs=lapsed)
        if items and not self._dispatcher.send(items):
            with self._store.write() as tx:
                tx.jobs.undispatch_ids([item.job_id for item in items])
            return 0
        return len(items)

    def _stage(self, tx: Transaction, now: datetime, pace: float) -> list[BundleItem]:
        """Mark what is next, lane by lane: each has its own horizon, so that none blocks another."""
        horizon = max(LEAST_HORIZON, HORIZON_PER_SLOT * tx.workers.slots(), round(pace * HORIZON_S))
        dispatched = tx.jobs.dispatched_counts()
        items: list[BundleItem] = []
        for lane in tx.jobs.ready_lanes():
            room = horizon - dispatched.get(lane, 0)
            if room > 0:
                items += tx.jobs.stage(lane, limit=room, now=now)
        return items
