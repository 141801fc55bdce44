"""Why no job of a batch is started, when that is for want of money."""

from datetime import datetime
from typing import Literal

import msgspec

from jobs.batch import Batch
from jobs.store.store import Transaction
from jobs.tenant import day_of, next_day


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A budget that is spent."""

    reason: Literal["max_cost", "daily_budget"]
    """`max_cost`: the batch's own; `daily_budget`: that of its tenant."""
    spent: float
    """US dollars."""
    budget: float
    """US dollars."""
    until: datetime | None
    """When it goes on by itself; null: when the budget is raised."""
    message: str
    """The same in a sentence, with what to do."""


def held_by(tx: Transaction, batch: Batch, *, now: datetime) -> Held | None:
    """Return the budget that keeps the jobs of `batch` from being started, if one does."""
    if batch.ended_at is not None:
        return None
    if batch.max_cost is not None and batch.usage.cost >= batch.max_cost:
        return _by_its_own(batch, batch.max_cost)
    tenant = tx.tenants.get(batch.tenant)
    if tenant.daily_budget is None:
        return None
    spent = tx.spending.of_day(tenant.name, day_of(now)).usage.cost
    if spent < tenant.daily_budget:
        return None
    until = next_day(now)
    return Held(
        reason="daily_budget",
        spent=spent,
        budget=tenant.daily_budget,
        until=until,
        message=f"the tenant {tenant.name} has spent ${spent:,.4f} of ${tenant.daily_budget:,.4f} today: "
        f"jobs start again at {until:%Y-%m-%d %H:%M} UTC, or when its daily budget is raised",
    )


def _by_its_own(batch: Batch, max_cost: float) -> Held:
    return Held(
        reason="max_cost",
        spent=batch.usage.cost,
        budget=max_cost,
        until=None,
        message=f"the batch has cost ${batch.usage.cost:,.4f} of ${max_cost:,.4f}: "
        f"jobs start again when its max_cost is raised",
    )
