"""`waiting` to `queued`, and queued jobs on and off their way to a worker."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Double, Integer, bindparam, func, or_, select, update

from jobs.bundle import BundleItem, rank_of
from jobs.job import JobState, Priority
from jobs.outcome import Reason
from jobs.store.dialects import is_among
from jobs.store.fairness import Line, Round
from jobs.store.grouped import GroupedUpdate, Rows
from jobs.store.moved import note_moved
from jobs.store.rows import AnyRow
from jobs.store.tables import IS_DISPATCHED, IS_READY, Key, is_in, jobs
from jobs.store.utc_datetime import UtcDateTime

_LIMIT = bindparam("limit", type_=Integer)
_NOW = bindparam("now", type_=UtcDateTime)

_NEXT = (
    select(jobs.c.id, jobs.c.model, jobs.c.priority, jobs.c.input_tokens_estimate)
    .where(
        IS_READY,
        jobs.c.lane == bindparam("in_lane", type_=Key),
        jobs.c.tenant == bindparam("of_tenant", type_=Key),
    )
    .order_by(jobs.c.vstart, jobs.c.id)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
)
_DISPATCH = update(jobs).where(is_among(jobs.c.id)).values(dispatched_at=_NOW)
_COUNTS = select(jobs.c.lane, func.count().label("jobs")).where(IS_DISPATCHED).group_by(jobs.c.lane)
_LAPSED = (
    select(jobs.c.id)
    .where(
        IS_DISPATCHED,
        or_(
            jobs.c.dispatched_at < bindparam("lapsed_before", type_=UtcDateTime),
            jobs.c.dispatched_at > bindparam("not_yet", type_=UtcDateTime),
        ),
    )
    .with_for_update(skip_locked=True)
)
_ROWS = (
    select(jobs.c.id, jobs.c.state, jobs.c.dispatched_at)
    .where(is_among(jobs.c.id))
    .with_for_update(skip_locked=True)
)
_UNDISPATCH = update(jobs).where(is_among(jobs.c.id)).values(dispatched_at=None)
_DUE = (
    select(jobs.c.id, jobs.c.batch_id, jobs.c.attempt, jobs.c.priority, jobs.c.lane, jobs.c.tenant)
    .where(is_in(JobState.WAITING), jobs.c.run_at <= _NOW)
    .order_by(jobs.c.run_at)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
)
_UNHELD_REASON = func.nullif(func.nullif(jobs.c.reason, Reason.MAX_COST.value), Reason.DAILY_BUDGET.value)
_WAKE = GroupedUpdate(
    {"job_id": Key, "vstart": Double()},
    lambda given: (
        update(jobs)
        .where(jobs.c.id == given("job_id"))
        .values(
            state=JobState.QUEUED.value,
            reason=_UNHELD_REASON,
            vstart=given("vstart"),
            run_at=None,
            dispatched_at=None,
        )
    ),
)


def stage(connection: Connection, lane: str, *, limit: int, now: datetime) -> list[BundleItem]:
    """Mark the lane's next `limit` ready jobs as dispatched and return them in the order of their turns."""
    turns = Round(connection, lane)
    items: list[BundleItem] = []
    while quotas := turns.quotas(limit - len(items)):
        for tenant, quota in quotas.items():
            rows = connection.execute(_NEXT, {"in_lane": lane, "of_tenant": tenant, "limit": quota}).all()
            if len(rows) < quota:
                turns.leave(tenant)
            if rows:
                connection.execute(_DISPATCH, {"ids": [row.id for row in rows], "now": now})
            items += [_item(row, turns.take(tenant)) for row in rows]
    turns.close()
    return sorted(items, key=lambda item: item.vstart)


def _item(row: AnyRow, turn: float) -> BundleItem:
    return BundleItem(
        job_id=row.id,
        model=row.model,
        rank=rank_of(Priority(row.priority)),
        vstart=turn,
        input_tokens=row.input_tokens_estimate,
    )


def dispatched_counts(connection: Connection) -> dict[str, int]:
    """Return how many queued jobs of each lane are on their way to a worker."""
    return {row.lane: row.jobs for row in connection.execute(_COUNTS)}


def undispatch(connection: Connection, *, now: datetime, lease: timedelta) -> int:
    """Make jobs ready again that were dispatched over a lease ago and never claimed; return how many.

    So are those that seem to be dispatched more than a lease from now: the clock was put back.
    """
    lapsed = connection.scalars(_LAPSED, {"lapsed_before": now - lease, "not_yet": now + lease}).all()
    return _undispatch(connection, lapsed)


def undispatch_ids(connection: Connection, job_ids: Sequence[str]) -> int:
    """Make those of the jobs ready again that are still dispatched and unclaimed; return how many."""
    if not job_ids:
        return 0
    rows = connection.execute(_ROWS, {"ids": sorted(job_ids)})
    unclaimed = [row.id for row in rows if row.state == JobState.QUEUED and row.dispatched_at is not None]
    return _undispatch(connection, unclaimed)


def _undispatch(connection: Connection, job_ids: Sequence[str]) -> int:
    if job_ids:
        connection.execute(_UNDISPATCH, {"ids": list(job_ids)})
    return len(job_ids)


def wake(connection: Connection, *, now: datetime, limit: int) -> int:
    """Queue up to `limit` waiting jobs that are due; return how many that were.

    A retry goes ahead of all, for it has had its turn; a delayed start stands where it would if it
    were submitted now.
    """
    due = connection.execute(_DUE, {"now": now, "limit": limit}).all()
    queue(connection, due)
    return len(due)


def queue(connection: Connection, waiting: Sequence[AnyRow]) -> None:
    """Queue these waiting jobs, whose locks the caller holds."""
    line = Line(connection)
    places = Rows([{"job_id": row.id, "vstart": _place(line, row)} for row in waiting])
    _WAKE.execute(connection, places)
    note_moved(connection, waiting)


def _place(line: Line, row: AnyRow) -> float:
    if row.attempt:
        return line.ahead(row.lane, row.tenant)
    return line.join(row.lane, row.tenant, Priority(row.priority))
