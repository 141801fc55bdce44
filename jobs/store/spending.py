"""The spending table: what each tenant used on each day, kept by the transaction that settles attempts."""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import BigInteger, Column, Connection, Date, PrimaryKeyConstraint, Table, bindparam, select

from jobs.job import Usage
from jobs.store.grouped import Upsert
from jobs.store.rows import AnyRow, usage_from
from jobs.store.tables import Key, metadata, usage_columns
from jobs.store.tallies import TOKENS, add_usage
from jobs.tenant import DailySpending

ROOMY_FILL_PERCENT = 50  # of a page: a handful of rows, each updated many times a second

spending = Table(
    "spending",
    metadata,
    Column("tenant", Key, nullable=False),
    Column("day", Date, nullable=False),
    Column("jobs", BigInteger, nullable=False, server_default="0"),
    *usage_columns(),
    PrimaryKeyConstraint("tenant", "day"),
    postgresql_with={"fillfactor": ROOMY_FILL_PERCENT},
)
_SUMMED = ("jobs", *TOKENS, "cost")

_OF_TENANT = select(spending).where(spending.c.tenant == bindparam("of_tenant", type_=Key))
_LATEST = _OF_TENANT.order_by(spending.c.day.desc()).limit(bindparam("limit"))
_ADD = Upsert(spending, lambda given: {name: spending.c[name] + given(name) for name in _SUMMED})
_DAY = _OF_TENANT.where(spending.c.day == bindparam("on_day", type_=Date))


@dataclass(slots=True)
class Spent:
    """What one transaction adds to a tenant's day."""

    jobs: int = 0
    usage: Usage = field(default_factory=Usage)

    def add(self, usage: Usage, *, is_final: bool) -> None:
        """Count an attempt, which ended its job or not."""
        self.jobs += is_final
        self.usage = add_usage(self.usage, usage)


class SpendingStore:
    """The spending as one transaction sees it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_day(self, tenant: str, day: date) -> DailySpending:
        """Return what the tenant used on `day`."""
        row = self._connection.execute(_DAY, {"of_tenant": tenant, "on_day": day}).one_or_none()
        return DailySpending(day=day) if row is None else _spending_from(row)

    def list(self, tenant: str, *, limit: int) -> builtins.list[DailySpending]:
        """Return the last days on which the tenant used anything, the latest first."""
        rows = self._connection.execute(_LATEST, {"of_tenant": tenant, "limit": limit})
        return [_spending_from(row) for row in rows]


def spend(connection: Connection, spent: Mapping[tuple[str, date], Spent]) -> None:
    """Add `spent`, by tenant and day.

    These rows are locked in the order of their keys and before any batches, here and everywhere.
    """
    rows = [
        {
            "tenant": tenant,
            "day": day,
            "jobs": each.jobs,
            "cost": each.usage.cost,
            **{name: getattr(each.usage, name) for name in TOKENS},
        }
        for (tenant, day), each in sorted(spent.items())
        if each.jobs or each.usage != Usage()
    ]
    _ADD.execute(connection, rows)


def _spending_from(row: AnyRow) -> DailySpending:
    return DailySpending(day=row.day, jobs=row.jobs, usage=usage_from(row))
