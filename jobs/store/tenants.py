"""The tenants table: shares, budgets and caps; who is not in it has the defaults."""

import builtins
from datetime import datetime

from sqlalchemy import Column, Connection, Double, Integer, Table, bindparam, select

from jobs.store.grouped import Upsert
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, metadata
from jobs.store.utc_datetime import UtcDateTime
from jobs.tenant import Tenant

tenants = Table(
    "tenants",
    metadata,
    Column("name", Key, primary_key=True),
    Column("weight", Double, nullable=False, server_default="1"),
    Column("daily_budget", Double),
    Column("requests_per_minute", Integer),
    Column("max_queued", Integer),
    Column("created_at", UtcDateTime, nullable=False),
)
LAID_DOWN = ("weight", "daily_budget", "requests_per_minute", "max_queued")

_ONE = select(tenants).where(tenants.c.name == bindparam("tenant", type_=Key))
_HELD = _ONE.with_for_update()
_PUT = Upsert(tenants, lambda given: {name: given(name) for name in LAID_DOWN})
_ALL = select(tenants).order_by(tenants.c.name)


class TenantStore:
    """The tenants as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> Tenant:
        """Return the tenant, with the defaults if nothing is laid down."""
        row = self._connection.execute(_ONE, {"tenant": name}).one_or_none()
        return Tenant(name=name) if row is None else _tenant_from(row)

    def hold(self, name: str) -> None:
        """Have other transactions that hold the tenant wait for the end of this one."""
        self._connection.execute(_HELD, {"tenant": name})

    def list(self) -> builtins.list[Tenant]:
        """Return all for whom something is laid down, by name."""
        return [_tenant_from(row) for row in self._connection.execute(_ALL)]

    def put(self, tenant: Tenant, *, now: datetime) -> None:
        """Lay down what holds for the tenant from now on.

        A higher budget or none lets those of its jobs go on that waited for it, within a second or so: the
        workers look after that.
        """
        row = {"name": tenant.name, "created_at": now}
        row |= {name: getattr(tenant, name) for name in LAID_DOWN}
        _PUT.execute(self._connection, [row])


def _tenant_from(row: AnyRow) -> Tenant:
    return Tenant(name=row.name, **{name: getattr(row, name) for name in LAID_DOWN})
