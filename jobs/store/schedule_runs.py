"""The schedule_runs table: one row at most for each due time of a schedule."""

import builtins
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, Integer, Text, bindparam, delete, func, not_, select, update

from jobs.schedules.schedule import RunState, ScheduleRun
from jobs.store.grouped import insert_new
from jobs.store.rows import AnyRow
from jobs.store.schedule_tables import IS_QUEUED, schedule_runs
from jobs.store.tables import Key
from jobs.store.utc_datetime import UtcDateTime

_IS_OF = schedule_runs.c.schedule_id == bindparam("schedule", type_=Key)
_IS_DUE = schedule_runs.c.due_at == bindparam("due", type_=UtcDateTime)
_ONE = select(schedule_runs).where(_IS_OF, _IS_DUE)
_QUEUED = select(schedule_runs).where(_IS_OF, IS_QUEUED).order_by(schedule_runs.c.due_at)
_COUNT_QUEUED = select(func.count()).select_from(schedule_runs).where(_IS_OF, IS_QUEUED)
_SETTLE = (
    update(schedule_runs)
    .where(_IS_OF, _IS_DUE, IS_QUEUED)
    .values(
        state=bindparam("new_state", type_=Text),
        decided_at=bindparam("new_decided_at", type_=UtcDateTime),
        batch_id=bindparam("new_batch_id", type_=Key),
        eval_run_id=bindparam("new_eval_run_id", type_=Key),
        reason=bindparam("new_reason", type_=Text),
    )
)
_OLD = (
    select(schedule_runs.c.schedule_id, schedule_runs.c.due_at)
    .where(not_(IS_QUEUED), schedule_runs.c.decided_at < bindparam("before", type_=UtcDateTime))
    .order_by(schedule_runs.c.decided_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
_DELETE = delete(schedule_runs).where(_IS_OF, _IS_DUE)


class ScheduleRunStore:
    """The runs of schedules as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, run: ScheduleRun) -> bool:
        """Insert what became of a due time; return False if that was settled already."""
        return insert_new(self._connection, schedule_runs, [_row(run)]) == 1

    def settle_queued(self, run: ScheduleRun) -> bool:
        """Write what became of a queued run; return False if it is not queued any more."""
        changed = ("state", "decided_at", "batch_id", "eval_run_id", "reason")
        values = {f"new_{name}": value for name, value in _row(run).items() if name in changed}
        where = {"schedule": run.schedule_id, "due": run.due_at}
        return self._connection.execute(_SETTLE, values | where).rowcount == 1

    def get(self, schedule_id: str, due_at: datetime) -> ScheduleRun | None:
        """Return what became of a due time."""
        row = self._connection.execute(_ONE, {"schedule": schedule_id, "due": due_at}).one_or_none()
        return None if row is None else _run(row)

    def queued(self, schedule_id: str, *, limit: int) -> builtins.list[ScheduleRun]:
        """Return the schedule's queued runs, the oldest first."""
        rows = self._connection.execute(_QUEUED.limit(limit), {"schedule": schedule_id})
        return [_run(row) for row in rows]

    def count_queued(self, schedule_id: str) -> int:
        """Return how many of the schedule's runs are queued."""
        return self._connection.scalar(_COUNT_QUEUED, {"schedule": schedule_id}) or 0

    def list(
        self, schedule_id: str, *, after: datetime | None = None, limit: int
    ) -> builtins.list[ScheduleRun]:
        """Return a page of the schedule's runs, the latest due first; `after` ended the page before."""
        query = select(schedule_runs).where(_IS_OF)
        if after is not None:
            query = query.where(schedule_runs.c.due_at < after)
        query = query.order_by(schedule_runs.c.due_at.desc()).limit(limit)
        return [_run(row) for row in self._connection.execute(query, {"schedule": schedule_id})]

    def delete_old(self, *, before: datetime, limit: int) -> int:
        """Delete up to `limit` runs that were decided on before then, and wait no more; return how many."""
        old = self._connection.execute(_OLD, {"before": before, "limit": limit}).all()
        if old:
            keys = [{"schedule": row.schedule_id, "due": row.due_at} for row in old]
            self._connection.execute(_DELETE, keys)
        return len(old)


def _row(run: ScheduleRun) -> dict[str, object]:
    return asdict(run) | {"state": run.state.value}


def _run(row: AnyRow) -> ScheduleRun:
    names = ScheduleRun.__dataclass_fields__
    return ScheduleRun(**{name: getattr(row, name) for name in names} | {"state": RunState(row.state)})
