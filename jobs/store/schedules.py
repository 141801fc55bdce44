"""The schedules table; each row is changed by comparing it with how its writer saw it."""

import builtins
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, bindparam, delete, exists, func, insert, or_, select, update

from jobs.errors import ConflictError
from jobs.schedules.schedule import (
    MissedPolicy,
    OverlapPolicy,
    Schedule,
    ScheduleKind,
    ScheduleState,
    Timetable,
)
from jobs.store.grouped import insert_new
from jobs.store.rows import AnyRow
from jobs.store.schedule_tables import IS_ACTIVE, IS_QUEUED, schedule_plans, schedule_runs, schedules
from jobs.store.tables import Key
from jobs.store.utc_datetime import UtcDateTime

PLAIN = ("id", "tenant", "name", "created_at", "decided_until", "next_at", "missed_count", "last_due_at")
CHANGING = ("state", "decided_until", "next_at", "missed_count", "last_due_at")

_ID = bindparam("schedule", type_=Key)
_NOW = bindparam("now", type_=UtcDateTime)
_IS_FREE = or_(schedules.c.claimed_until.is_(None), schedules.c.claimed_until <= _NOW)
_ONE = select(schedules).where(schedules.c.id == _ID)
_NAMED = select(schedules).where(
    schedules.c.tenant == bindparam("of_tenant", type_=Key), schedules.c.name == bindparam("named", type_=Key)
)
_PLAN = select(schedule_plans.c.plan).where(schedule_plans.c.schedule_id == _ID)
_DUE = select(schedules).where(IS_ACTIVE, schedules.c.next_at <= _NOW, _IS_FREE).order_by(schedules.c.next_at)
_WITH_QUEUED = (
    select(schedules)
    .where(
        schedules.c.id.in_(select(schedule_runs.c.schedule_id).where(IS_QUEUED)),
        _IS_FREE,
        or_(
            schedules.c.state != ScheduleState.PAUSED.value,
            exists().where(
                IS_QUEUED, schedule_runs.c.schedule_id == schedules.c.id, schedule_runs.c.is_triggered
            ),
        ),
    )
    .order_by(func.random())  # so that each has its turn, however many wait for a long run
)
_CLAIM = (
    update(schedules)
    .where(schedules.c.id == _ID, _IS_FREE)
    .values(claimed_until=bindparam("until", type_=UtcDateTime))
    .returning(*schedules.c)
)
_RELEASE = update(schedules).where(schedules.c.id == _ID).values(claimed_until=None)
_SWAP = (
    update(schedules)
    .where(
        schedules.c.id == _ID,
        schedules.c.state == bindparam("seen_state"),
        schedules.c.decided_until == bindparam("seen_until", type_=UtcDateTime),
        schedules.c.last_due_at.is_not_distinct_from(bindparam("seen_due", type_=UtcDateTime)),
    )
    .values({name: bindparam(f"new_{name}", type_=schedules.c[name].type) for name in CHANGING})
)
_FORGET = (
    delete(schedules).where(schedules.c.id == _ID),
    delete(schedule_plans).where(schedule_plans.c.schedule_id == _ID),
    delete(schedule_runs).where(schedule_runs.c.schedule_id == _ID),
)


class ScheduleStore:
    """The schedules as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, schedule: Schedule, plan: str) -> None:
        """Insert a schedule with what it submits; raises `ConflictError` if its name is taken."""
        if not insert_new(self._connection, schedules, [_row(schedule)]):
            raise ConflictError(
                f"there is a schedule {schedule.name} already: remove it, or take another name"
            )
        self._connection.execute(insert(schedule_plans), {"schedule_id": schedule.id, "plan": plan})

    def get(self, schedule_id: str, *, tenant: str | None = None) -> Schedule | None:
        """Return the schedule, or nothing if there is none or, with `tenant`, it is another's."""
        row = self._connection.execute(_ONE, {"schedule": schedule_id}).one_or_none()
        return None if row is None or tenant not in {None, row.tenant} else _schedule(row)

    def named(self, name: str, *, tenant: str) -> Schedule | None:
        """Return the tenant's schedule of that name."""
        row = self._connection.execute(_NAMED, {"of_tenant": tenant, "named": name}).one_or_none()
        return None if row is None else _schedule(row)

    def plan(self, schedule_id: str) -> str | None:
        """Return what the schedule submits, as its kind wrote it."""
        return self._connection.scalar(_PLAN, {"schedule": schedule_id})

    def list(self, *, tenant: str, after: str | None = None, limit: int) -> builtins.list[Schedule]:
        """Return a page of the tenant's schedules by name; `after` is the last name of the page before."""
        query = select(schedules).where(schedules.c.tenant == tenant, schedules.c.name > (after or ""))
        rows = self._connection.execute(query.order_by(schedules.c.name).limit(limit))
        return [_schedule(row) for row in rows]

    def due(self, *, now: datetime, limit: int) -> builtins.list[Schedule]:
        """Return active schedules with a due time that has come, the one that waited longest first."""
        return self._found(_DUE, now, limit)

    def with_queued(self, *, now: datetime, limit: int) -> builtins.list[Schedule]:
        """Return schedules that have queued runs; of paused ones only those that were triggered."""
        return self._found(_WITH_QUEUED, now, limit)

    def claim(self, schedule_id: str, *, now: datetime, lease: timedelta) -> Schedule | None:
        """Return the schedule as it stands, and keep others from it for a while, unless it is kept already.

        This only saves work: what is written is fenced by `swap`.
        """
        values = {"schedule": schedule_id, "now": now, "until": now + lease}
        row = self._connection.execute(_CLAIM, values).one_or_none()
        return None if row is None else _schedule(row)

    def release(self, schedule_id: str) -> None:
        """Let others claim the schedule again."""
        self._connection.execute(_RELEASE, {"schedule": schedule_id})

    def swap(self, seen: Schedule, new: Schedule) -> bool:
        """Write how the schedule goes on; return False, with nothing written, if it is not as it was seen."""
        values = {f"new_{name}": getattr(new, name) for name in CHANGING}
        fence = {
            "schedule": seen.id,
            "seen_state": seen.state.value,
            "seen_until": seen.decided_until,
            "seen_due": seen.last_due_at,
        }
        return self._connection.execute(_SWAP, values | {"new_state": new.state.value} | fence).rowcount == 1

    def remove(self, schedule_id: str) -> None:
        """Delete the schedule and the record of its runs; what it submitted stays."""
        for statement in _FORGET:
            self._connection.execute(statement, {"schedule": schedule_id})

    def _found(self, query: Select[tuple[object, ...]], now: datetime, limit: int) -> builtins.list[Schedule]:
        return [_schedule(row) for row in self._connection.execute(query.limit(limit), {"now": now})]


def _row(schedule: Schedule) -> dict[str, object]:
    timetable = schedule.timetable
    every = timetable.every
    return {
        **{name: getattr(schedule, name) for name in PLAIN},
        "kind": schedule.kind.value,
        "cron": timetable.cron,
        "time_zone": timetable.time_zone,
        "every_s": None if every is None else every.total_seconds(),
        "start_at": timetable.start_at,
        "end_at": timetable.end_at,
        "jitter_s": timetable.jitter.total_seconds(),
        "missed": schedule.missed.value,
        "overlap": schedule.overlap.value,
        "state": schedule.state.value,
        "claimed_until": None,
    }


def _schedule(row: AnyRow) -> Schedule:
    timetable = Timetable(
        cron=row.cron,
        time_zone=row.time_zone,
        start_at=row.start_at,
        end_at=row.end_at,
        jitter=timedelta(seconds=row.jitter_s),
    )
    if row.every_s is not None:
        timetable = replace(timetable, every=timedelta(seconds=row.every_s))
    return Schedule(
        **{name: getattr(row, name) for name in PLAIN},
        kind=ScheduleKind(row.kind),
        timetable=timetable,
        missed=MissedPolicy(row.missed),
        overlap=OverlapPolicy(row.overlap),
        state=ScheduleState(row.state),
    )
