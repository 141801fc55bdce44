"""The deliveries table: events on their way to webhooks, and every attempt to bring them there."""

import builtins
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from jobs.store.dialects import is_among
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, metadata
from jobs.store.utc_datetime import UtcDateTime
from jobs.webhooks.delivery import (
    ClaimedDelivery,
    Delivery,
    DeliveryAttempt,
    DeliveryOutcome,
    DeliveryState,
    EventType,
    NewDelivery,
)

LONGEST_ERROR = 500  # characters

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant", Key, nullable=False),
    Column("url", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("subject_id", Key, nullable=False),
    Column("payload", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("next_at", UtcDateTime),
    Column("delivered_at", UtcDateTime),
    Column("last_status", Integer),
    Column("last_error", Text),
)

delivery_attempts = Table(
    "delivery_attempts",
    metadata,
    Column("delivery_id", Key, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("status", Integer),
    Column("error", Text),
    PrimaryKeyConstraint("delivery_id", "attempt"),
)

IS_PENDING = deliveries.c.next_at.is_not(None)
IS_SETTLED = deliveries.c.next_at.is_(None)

Index("deliveries_due", deliveries.c.next_at, postgresql_where=IS_PENDING, sqlite_where=IS_PENDING)
Index("deliveries_settled", deliveries.c.created_at, postgresql_where=IS_SETTLED, sqlite_where=IS_SETTLED)
Index("deliveries_by_tenant", deliveries.c.tenant, deliveries.c.id)
Index("deliveries_by_subject", deliveries.c.subject_id, deliveries.c.id)

_NOW = bindparam("now", type_=UtcDateTime)
_ID = bindparam("delivery", type_=Key)
_ATTEMPT = bindparam("of_attempt", type_=Integer)
_ONE = select(deliveries).where(deliveries.c.id == _ID)
_PAYLOAD = select(deliveries.c.payload).where(deliveries.c.id == _ID)
_DUE = (
    select(deliveries)
    .where(IS_PENDING, deliveries.c.next_at <= _NOW)
    .order_by(deliveries.c.next_at)
    .limit(bindparam("limit", type_=Integer))
)
_LEASE = (
    update(deliveries)
    .where(is_among(deliveries.c.id))
    .values(attempts=deliveries.c.attempts + 1, next_at=bindparam("until", type_=UtcDateTime))
)
_SETTLE = (
    update(deliveries)
    .where(deliveries.c.id == _ID, deliveries.c.attempts == _ATTEMPT)
    .values(
        failures=deliveries.c.failures + bindparam("failed", type_=Integer),
        next_at=bindparam("at_next", type_=UtcDateTime),
        delivered_at=bindparam("delivered", type_=UtcDateTime),
        last_status=bindparam("http_status", type_=Integer),
        last_error=bindparam("why", type_=Text),
    )
)
_END_ATTEMPT = (
    update(delivery_attempts)
    .where(delivery_attempts.c.delivery_id == _ID, delivery_attempts.c.attempt == _ATTEMPT)
    .values(
        ended_at=_NOW,
        status=bindparam("http_status", type_=Integer),
        error=bindparam("why", type_=Text),
    )
)
_RESEND = update(deliveries).where(deliveries.c.id == _ID).values(next_at=_NOW, failures=0, delivered_at=None)
_ATTEMPTS = (
    select(delivery_attempts)
    .where(delivery_attempts.c.delivery_id == _ID)
    .order_by(delivery_attempts.c.attempt)
)
_OLD = (
    select(deliveries.c.id)
    .where(IS_SETTLED, deliveries.c.created_at < bindparam("before", type_=UtcDateTime))
    .order_by(deliveries.c.created_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
_FORGET = (
    delete(delivery_attempts).where(is_among(delivery_attempts.c.delivery_id)),
    delete(deliveries).where(is_among(deliveries.c.id)),
)


class DeliveryStore:
    """The deliveries as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_many(self, new: Sequence[NewDelivery]) -> None:
        """Insert deliveries, due at once; what they tell becomes true in the same transaction."""
        add_deliveries(self._connection, new)

    def is_any_due(self, now: datetime) -> bool:
        """Return whether there is something to send; cheap, for asking every second."""
        return self._connection.execute(_DUE, {"now": now, "limit": 1}).first() is not None

    def claim(self, *, now: datetime, lease: timedelta, limit: int) -> builtins.list[ClaimedDelivery]:
        """Take up to `limit` due deliveries, each for one attempt that must be settled within `lease`.

        One that is not, because its worker died, is due again then, under the same id.
        """
        due = _DUE.with_for_update(skip_locked=True)
        rows = self._connection.execute(due, {"now": now, "limit": limit}).all()
        if rows:
            ids = [row.id for row in rows]
            self._connection.execute(_LEASE, {"ids": ids, "until": now + lease})
            self._connection.execute(
                insert(delivery_attempts),
                [
                    {"delivery_id": row.id, "attempt": row.attempts + 1, "started_at": now, "ended_at": None}
                    for row in rows
                ],
            )
        return [_claimed(row) for row in rows]

    def settle(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        """Write what came of attempts; only the latest attempt at a delivery decides how that stands."""
        for outcome in sorted(outcomes, key=lambda each: each.delivery_id):
            verdict = {
                "delivery": outcome.delivery_id,
                "of_attempt": outcome.attempt,
                "http_status": outcome.status,
                "why": outcome.error and outcome.error[:LONGEST_ERROR],
            }
            delivered = outcome.ended_at if outcome.is_delivered else None
            fate = {
                "failed": int(not outcome.is_delivered),
                "at_next": outcome.next_at,
                "delivered": delivered,
            }
            self._connection.execute(_SETTLE, verdict | fate)
            self._connection.execute(_END_ATTEMPT, verdict | {"now": outcome.ended_at})

    def get(self, delivery_id: str, *, tenant: str | None = None) -> Delivery | None:
        """Return the delivery, or nothing if there is none or, with `tenant`, it is another's."""
        row = self._connection.execute(_ONE, {"delivery": delivery_id}).one_or_none()
        return None if row is None or tenant not in {None, row.tenant} else _delivery(row)

    def payload(self, delivery_id: str) -> str | None:
        """Return the exact JSON that is sent."""
        return self._connection.scalar(_PAYLOAD, {"delivery": delivery_id})

    def attempts(self, delivery_id: str) -> builtins.list[DeliveryAttempt]:
        """Return every attempt at the delivery, in order."""
        return [
            DeliveryAttempt(
                attempt=row.attempt,
                started_at=row.started_at,
                ended_at=row.ended_at,
                status=row.status,
                error=row.error,
            )
            for row in self._connection.execute(_ATTEMPTS, {"delivery": delivery_id})
        ]

    def list(
        self, *, tenant: str, subject_id: str | None = None, after: str | None = None, limit: int
    ) -> builtins.list[Delivery]:
        """Return a page of the tenant's deliveries, newest first, of those after the id `after`."""
        query = select(deliveries).where(deliveries.c.tenant == tenant)
        if subject_id is not None:
            query = query.where(deliveries.c.subject_id == subject_id)
        if after is not None:
            query = query.where(deliveries.c.id < after)
        rows = self._connection.execute(query.order_by(deliveries.c.id.desc()).limit(limit))
        return [_delivery(row) for row in rows]

    def resend(self, delivery_id: str, *, now: datetime) -> None:
        """Make the delivery due now, with its whole schedule of retries before it."""
        self._connection.execute(_RESEND, {"delivery": delivery_id, "now": now})

    def delete_old(self, *, before: datetime, limit: int) -> int:
        """Delete up to `limit` deliveries from before then that are not pending; return how many."""
        old = list(self._connection.scalars(_OLD, {"before": before, "limit": limit}))
        for statement in _FORGET if old else ():
            self._connection.execute(statement, {"ids": old})
        return len(old)


def add_deliveries(connection: Connection, new: Sequence[NewDelivery]) -> None:
    """Insert deliveries, due at once."""
    if new:
        rows = [{**_facts(each), "event": each.event.value, "next_at": each.created_at} for each in new]
        connection.execute(insert(deliveries), rows)


def _facts(new: NewDelivery) -> dict[str, object]:
    names = ("id", "tenant", "url", "subject_id", "payload", "created_at")
    return {name: getattr(new, name) for name in names}


def _claimed(row: AnyRow) -> ClaimedDelivery:
    return ClaimedDelivery(
        id=row.id,
        attempt=row.attempts + 1,
        failures=row.failures,
        tenant=row.tenant,
        url=row.url,
        payload=row.payload,
    )


def _delivery(row: AnyRow) -> Delivery:
    return Delivery(
        id=row.id,
        tenant=row.tenant,
        url=row.url,
        event=EventType(row.event),
        subject_id=row.subject_id,
        state=_state(row),
        attempts=row.attempts,
        created_at=row.created_at,
        next_at=row.next_at,
        delivered_at=row.delivered_at,
        last_status=row.last_status,
        last_error=row.last_error,
    )


def _state(row: AnyRow) -> DeliveryState:
    if row.next_at is not None:
        return DeliveryState.PENDING
    return DeliveryState.DELIVERED if row.delivered_at is not None else DeliveryState.FAILED
