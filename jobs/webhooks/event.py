"""The payloads of events, as the specification lays them out: type, timestamp, data."""

from datetime import datetime
from typing import Literal

import msgspec

from claude.dialect import Dialect
from jobs.batch import Batch, BatchCounts
from jobs.ids import DELIVERY_PREFIX, IDS
from jobs.job import Usage
from jobs.webhooks.delivery import EventType, NewDelivery


class EndedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as `GET /v1/batches/{id}` shows it, without its bodies; the results are fetched there."""

    id: str
    name: str | None
    format: Dialect
    state: Literal["ended"] = "ended"
    counts: BatchCounts
    usage: Usage
    created_at: datetime
    ended_at: datetime
    expires_at: datetime
    cancel_requested_at: datetime | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent."""

    type: EventType
    timestamp: datetime
    """When it came about, not when it is sent."""
    data: EndedBatch


def batch_ended(batch: Batch) -> NewDelivery:
    """Return what tells the batch's webhook that it has ended; it has one, and it has."""
    if batch.webhook is None or batch.ended_at is None:
        raise AssertionError
    data = EndedBatch(
        id=batch.id,
        name=batch.name,
        format=batch.dialect,
        counts=batch.counts,
        usage=batch.usage,
        created_at=batch.created_at,
        ended_at=batch.ended_at,
        expires_at=batch.expires_at,
        cancel_requested_at=batch.cancel_requested_at,
    )
    event = Event(type=EventType.BATCH_ENDED, timestamp=batch.ended_at, data=data)
    return NewDelivery(
        id=IDS.make(DELIVERY_PREFIX),
        tenant=batch.tenant,
        url=batch.webhook,
        event=event.type,
        subject_id=batch.id,
        payload=msgspec.json.encode(event).decode(),
        created_at=batch.ended_at,
    )
