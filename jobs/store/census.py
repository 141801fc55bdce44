"""How much of everything there is, counted for metrics at a bounded cost however large the tables are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Index, Integer, Select, and_, bindparam, func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from jobs.job import JobState
from jobs.store.deliveries import IS_PENDING, deliveries
from jobs.store.dialects import RecordNow
from jobs.store.spending import spending
from jobs.store.tables import IS_DISPATCHED, IS_READY, Key, batches, is_in, jobs, workers
from jobs.store.utc_datetime import UtcDateTime

MOST_COUNTED = 100_000  # jobs of one state, and of one lane where it is queued; above, counting stops
MOST_LANES = 50  # that are told apart

# None that is live is empty: said all the same, lest planners take this index for other questions.
IS_LIVE = and_(batches.c.ended_at.is_(None), batches.c.total > literal_column("0", Integer))
Index("batches_live", batches.c.id, postgresql_where=IS_LIVE, sqlite_where=IS_LIVE)

_LANE = bindparam("in_lane", type_=Key)
_MOST = bindparam("most", type_=Integer)


def _counted(key: ColumnElement[str], *conditions: ColumnElement[bool]) -> Select[str, int]:
    rows = select(key.label("key")).where(*conditions).limit(_MOST).subquery()
    return select(rows.c.key, func.count()).group_by(rows.c.key)


_READY = _counted(jobs.c.lane, IS_READY, jobs.c.lane == _LANE)
_FIRST_READY = (
    select(jobs.c.created_at)
    .where(IS_READY, jobs.c.lane == _LANE)
    .order_by(jobs.c.tenant, jobs.c.vstart)
    .limit(1)
)
_DISPATCHED = (
    select(jobs.c.lane, func.count(), func.min(jobs.c.created_at, type_=UtcDateTime))
    .where(IS_DISPATCHED)
    .group_by(jobs.c.lane)
)
_WAITING = _counted(func.coalesce(jobs.c.reason, "run_at"), is_in(JobState.WAITING))
_RUNNING = _counted(jobs.c.lane, is_in(JobState.RUNNING))
_WORKERS = select(
    func.count(), func.coalesce(func.sum(workers.c.slots), 0), func.coalesce(func.sum(workers.c.in_flight), 0)
).where(workers.c.beat_at > bindparam("since", type_=UtcDateTime))
_ENDED = batches.c.succeeded + batches.c.errored + batches.c.canceled + batches.c.expired
_LIVE = select(batches.c.total - _ENDED).where(IS_LIVE).limit(_MOST).subquery()
_BATCHES = select(func.count(), func.coalesce(func.sum(_LIVE.c[0]), 0))
_PENDING = select(func.count()).select_from(select(deliveries.c.id).where(IS_PENDING).limit(_MOST).subquery())
# From each tenant straight to the next, as there is no index that begins with the day.
_WALK = select(func.min(spending.c.tenant).label("tenant")).cte("spenders", recursive=True)
_NEXT = select(func.min(spending.c.tenant)).where(spending.c.tenant > _WALK.c.tenant).scalar_subquery()
_SPENDERS = _WALK.union_all(select(_NEXT).where(_WALK.c.tenant.is_not(None)))
_SPENT = (
    select(func.coalesce(func.sum(spending.c.jobs), 0), func.coalesce(func.sum(spending.c.cost), 0.0))
    .select_from(_SPENDERS)
    .join(spending, and_(spending.c.tenant == _SPENDERS.c.tenant, spending.c.day == bindparam("today")))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """How much of everything there is."""

    queued: dict[str, int]
    """By lane; dispatched or not."""
    oldest_at: dict[str, datetime]
    """By lane: when the oldest of the queued jobs whose turn is next was made."""
    waiting: dict[str, int]
    """By reason; `run_at` where the caller asked for a later start."""
    running: dict[str, int]
    """By lane."""
    workers: int
    slots: int
    in_flight: int
    live_batches: int
    unfinished: int
    """Jobs of live batches that have not ended; kept by the batches' counters, so never cut short."""
    pending_deliveries: int
    jobs_today: int
    """Ended on this day, in UTC."""
    cost_today: float
    """US dollars."""


class CensusStore:
    """The numbers as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, lanes: Sequence[str], *, now: datetime, lease: timedelta) -> Census:
        """Return the numbers as of `now`; `lanes` are those that have ready jobs."""
        queued, oldest_at = self._queued(lanes[:MOST_LANES])
        heartbeat_now: datetime = self._connection.execute(select(RecordNow())).scalar_one()
        since = {"since": heartbeat_now - lease}
        workers_alive, slots, in_flight = self._connection.execute(_WORKERS, since).one()
        live, unfinished = self._connection.execute(_BATCHES, {"most": MOST_COUNTED}).one()
        jobs_today, cost_today = self._spent(now.astimezone(UTC).date())
        return Census(
            queued=queued,
            oldest_at=oldest_at,
            waiting=self._count(_WAITING),
            running=self._count(_RUNNING),
            workers=workers_alive,
            slots=int(slots),
            in_flight=int(in_flight),
            live_batches=live,
            unfinished=int(unfinished),
            pending_deliveries=self._connection.execute(_PENDING, {"most": MOST_COUNTED}).scalar_one(),
            jobs_today=int(jobs_today),
            cost_today=float(cost_today),
        )

    def _queued(self, lanes: Sequence[str]) -> tuple[dict[str, int], dict[str, datetime]]:
        queued: dict[str, int] = {}
        oldest_at: dict[str, datetime] = {}
        for lane, number, created_at in self._connection.execute(_DISPATCHED):
            queued[lane], oldest_at[lane] = number, created_at
        for lane in lanes:
            queued[lane] = queued.get(lane, 0) + self._count(_READY, in_lane=lane).get(lane, 0)
            first_at = self._connection.scalar(_FIRST_READY, {"in_lane": lane})
            if first_at is not None:
                oldest_at[lane] = min(oldest_at.get(lane, first_at), first_at)
        return queued, oldest_at

    def _count(self, counted: Select[str, int], **given: str) -> dict[str, int]:
        found = self._connection.execute(counted, {"most": MOST_COUNTED, **given})
        return {key: number for key, number in found}  # noqa: C416 - a row is no pair to mypy

    def _spent(self, today: date) -> tuple[int, float]:
        jobs_today, cost_today = self._connection.execute(_SPENT, {"today": today}).one()
        return jobs_today, cost_today
