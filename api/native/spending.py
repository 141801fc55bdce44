"""`/v1/spending`: what the caller's jobs have cost on a day."""

import datetime as dt
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import QueryParameter

from api.given import GivenClock, GivenStore, GivenTenant
from api.native.errors import ErrorBody
from api.openapi import READING, refusals
from jobs.job import Usage
from jobs.tenant import day_of

Day = Annotated[dt.date | None, QueryParameter(description="A day in UTC, as 2026-11-23; today without it.")]


class SpendingView(msgspec.Struct, frozen=True, kw_only=True):
    """One day of a tenant."""

    tenant: str
    day: dt.date
    jobs: int
    """How many succeeded or failed for good."""
    usage: Usage
    """Of all attempts that ended on that day."""
    daily_budget: float | None
    """US dollars: once spent, no job of the tenant is started until the next day; null: no limit."""


@get(
    "/v1/spending",
    sync_to_thread=True,
    tags=["spending"],
    summary="Show what your jobs have cost on a day",
    responses=refusals(ErrorBody, READING),
)
def get_spending(store: GivenStore, clock: GivenClock, tenant: GivenTenant, day: Day = None) -> SpendingView:
    """Return tokens and cost of one day, in UTC."""
    with store.read() as tx:
        spent = tx.spending.of_day(tenant, day or day_of(clock()))
        budget = tx.tenants.get(tenant).daily_budget
    return SpendingView(tenant=tenant, day=spent.day, jobs=spent.jobs, usage=spent.usage, daily_budget=budget)
