"""Batches that end are told to their webhooks, in the very transaction in which they end."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from jobs.store.deliveries import add_deliveries
from jobs.store.dialects import is_among
from jobs.store.rows import batch_from
from jobs.store.tables import batches
from jobs.webhooks.event import batch_ended

_ENDED_WITH_WEBHOOK = (
    select(batches)
    .where(is_among(batches.c.id), batches.c.webhook.is_not(None), batches.c.ended_at.is_not(None))
    .order_by(batches.c.id)
)


def announce_ends(connection: Connection, batch_ids: Sequence[str]) -> None:
    """Queue a delivery for each of the batches that has ended and has a webhook.

    `batch_ids` are those that have lost a live job just now, so none can be told of twice.
    """
    if batch_ids:
        rows = connection.execute(_ENDED_WITH_WEBHOOK, {"ids": list(batch_ids)}).all()
        ended = (batch_from(row, waiting=0, running=0) for row in rows)
        add_deliveries(connection, [batch_ended(batch) for batch in ended])
