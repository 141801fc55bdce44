"""`queued` to `waiting` where a budget is spent, and back where there is money again.

Both ways go in pieces, each in a transaction of its own, so that a hundred thousand jobs hold up nobody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    func,
    select,
    union_all,
    update,
)

from jobs.job import JobState
from jobs.outcome import Reason
from jobs.purse import Purse
from jobs.store.dialects import is_among
from jobs.store.moved import note_moved
from jobs.store.moves.stage import queue
from jobs.store.rows import AnyRow
from jobs.store.spending import spending
from jobs.store.tables import IS_CAPPED, IS_OVER_BUDGET, IS_OVER_COST, IS_READY, Key, batches, jobs
from jobs.store.tenants import tenants
from jobs.store.utc_datetime import UtcDateTime
from jobs.tenant import day_of, next_day

_TODAY = bindparam("today", type_=Date)
_LIMIT = bindparam("limit", type_=Integer)
_OF = bindparam("of", type_=Key)

_IS_COST_REACHED = and_(IS_CAPPED, batches.c.cost >= batches.c.max_cost)
_SPENT_TODAY = func.coalesce(
    select(spending.c.cost)
    .where(spending.c.tenant == tenants.c.name, spending.c.day == _TODAY)
    .scalar_subquery(),
    0.0,
)
_IS_BUDGET_SPENT = and_(tenants.c.daily_budget.is_not(None), tenants.c.daily_budget <= _SPENT_TODAY)

# Both halves look for all the names: a tenant that is called like a batch is found in its own half alone.
_SPENT = union_all(
    select(batches.c.id.label("name")).where(is_among(batches.c.id), _IS_COST_REACHED),
    select(tenants.c.name).where(is_among(tenants.c.name), _IS_BUDGET_SPENT),
)
_HOLD = (
    update(jobs)
    .where(is_among(jobs.c.id))
    .values(
        state=JobState.WAITING.value,
        reason=bindparam("why", type_=Text),
        run_at=bindparam("until", type_=UtcDateTime),
        dispatched_at=None,
    )
)


def _pieces(*conditions: ColumnElement[bool]) -> Select[str, str, int, str, str, str]:
    columns = (jobs.c.id, jobs.c.batch_id, jobs.c.attempt, jobs.c.priority, jobs.c.lane, jobs.c.tenant)
    return (
        select(*columns)
        .where(*conditions)
        .order_by(jobs.c.id)
        .limit(_LIMIT)
        .with_for_update(skip_locked=True)
    )


_READY = {
    Reason.MAX_COST: _pieces(IS_READY, jobs.c.batch_id == _OF),
    Reason.DAILY_BUDGET: _pieces(IS_READY, jobs.c.tenant == _OF),
}
_HELD = {
    Reason.MAX_COST: _pieces(IS_OVER_COST, jobs.c.batch_id == _OF),
    Reason.DAILY_BUDGET: _pieces(IS_OVER_BUDGET, jobs.c.tenant == _OF),
}


def _has_ready(of_purse: ColumnElement[bool]) -> ColumnElement[bool]:
    # Not EXISTS, which Postgres would turn into a join with all that is ready; nor without an order, for
    # which it would search through all that may expire.
    first = select(jobs.c.id).where(IS_READY, of_purse).order_by(jobs.c.id).limit(1)
    return first.scalar_subquery().is_not(None)


_BATCHES_TO_HOLD = select(batches.c.id).where(_IS_COST_REACHED, _has_ready(jobs.c.batch_id == batches.c.id))
_TENANTS_TO_HOLD = select(tenants.c.name).where(_IS_BUDGET_SPENT, _has_ready(jobs.c.tenant == tenants.c.name))


def _walk(column: ColumnElement[str], held: ColumnElement[bool]) -> Select[str]:
    """Return the different values of `column` among held jobs: one look into the index for each."""
    walk = select(func.min(column).label("name")).where(held).cte("held", recursive=True)
    following = select(func.min(column)).where(held, column > walk.c.name).scalar_subquery()
    chain = walk.union_all(select(following).where(walk.c.name.is_not(None)))
    return select(chain.c.name).where(chain.c.name.is_not(None))


_HELD_BATCHES = _walk(jobs.c.batch_id, IS_OVER_COST)
_HELD_TENANTS = _walk(jobs.c.tenant, IS_OVER_BUDGET)


def hold_spent(connection: Connection, rows: list[AnyRow], *, now: datetime) -> list[AnyRow]:
    """Hold those of the locked, queued jobs that no budget allows to start; return the others."""
    names = {name for row in rows for name in (row.batch_id, row.tenant) if name is not None}
    spent = set(_spent_among(connection, names, now))
    if not spent:
        return rows
    of_batch = [row for row in rows if row.batch_id in spent]
    of_tenant = [row for row in rows if row.batch_id not in spent and row.tenant in spent]
    _hold(connection, of_batch, Reason.MAX_COST, now)
    _hold(connection, of_tenant, Reason.DAILY_BUDGET, now)
    return [row for row in rows if row.batch_id not in spent and row.tenant not in spent]


def is_spent(connection: Connection, tenant: str, *, now: datetime) -> bool:
    """Return whether the tenant has spent its budget of the day."""
    return tenant in _spent_among(connection, [tenant], now)


def purses_to_hold(connection: Connection, *, now: datetime) -> list[Purse]:
    """Return the empty purses whose jobs still stand in the line."""
    batch_ids = connection.scalars(_BATCHES_TO_HOLD)
    names = connection.scalars(_TENANTS_TO_HOLD, {"today": day_of(now)})
    return _purses(batch_ids, names)


def purses_to_open(connection: Connection, *, now: datetime) -> list[Purse]:
    """Return the purses that have money again, and jobs held."""
    purses = _purses(connection.scalars(_HELD_BATCHES), connection.scalars(_HELD_TENANTS))
    spent = set(_spent_among(connection, {purse.name for purse in purses}, now))
    return [purse for purse in purses if purse.name not in spent]


def _purses(batch_ids: Iterable[str], tenants: Iterable[str]) -> list[Purse]:
    return [
        *(Purse(Reason.MAX_COST, batch_id) for batch_id in batch_ids),
        *(Purse(Reason.DAILY_BUDGET, tenant) for tenant in tenants),
    ]


def hold(connection: Connection, purse: Purse, *, now: datetime, limit: int) -> int:
    """Take up to `limit` jobs of an empty purse out of the line; return how many."""
    rows = connection.execute(_READY[purse.reason], {"of": purse.name, "limit": limit}).all()
    return _hold(connection, rows, purse.reason, now)


def release(connection: Connection, purse: Purse, *, limit: int) -> int:
    """Queue up to `limit` jobs that the purse held; return how many."""
    rows = connection.execute(_HELD[purse.reason], {"of": purse.name, "limit": limit}).all()
    if rows:
        queue(connection, rows)
    return len(rows)


def _spent_among(connection: Connection, names: Iterable[str], now: datetime) -> list[str]:
    return list(connection.scalars(_SPENT, {"ids": sorted(names), "today": day_of(now)}))


def _hold(connection: Connection, rows: Sequence[AnyRow], reason: Reason, now: datetime) -> int:
    until = next_day(now) if reason is Reason.DAILY_BUDGET else None
    if rows:
        connection.execute(_HOLD, {"ids": [row.id for row in rows], "why": reason.value, "until": until})
        note_moved(connection, rows)
    return len(rows)
