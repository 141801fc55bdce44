"""The run before: whether it is still going, and its end."""

from datetime import datetime

from jobs.schedules.kinds import Kinds
from jobs.schedules.schedule import Schedule, ScheduleRun
from jobs.store.store import Store, Transaction


class Previous:
    """Looks after what schedules submitted last."""

    def __init__(self, *, store: Store, kinds: Kinds) -> None:
        self._store = store
        self._kinds = kinds

    def is_going(self, tx: Transaction, schedule: Schedule) -> bool:
        """Return whether what the schedule submitted last has not ended yet."""
        run = _last(tx, schedule)
        return run is not None and self._kinds[schedule.kind].is_going(tx, run)

    def cancel(self, schedule: Schedule, now: datetime) -> None:
        """Cancel what the schedule submitted last, unless it has ended."""
        with self._store.write() as tx:
            run = _last(tx, schedule)
            if run is not None and self._kinds[schedule.kind].is_going(tx, run):
                self._kinds[schedule.kind].cancel(tx, run, now=now)


def _last(tx: Transaction, schedule: Schedule) -> ScheduleRun | None:
    return None if schedule.last_due_at is None else tx.schedule_runs.get(schedule.id, schedule.last_due_at)
