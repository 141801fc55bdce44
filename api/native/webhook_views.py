"""Deliveries of webhooks as the native dialect shows them."""

from datetime import datetime
from typing import Any

import msgspec

from api.native.views import raw_or_none
from jobs.webhooks.delivery import Delivery, DeliveryAttempt, DeliveryState, EventType


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery without its payload."""

    id: str
    """Sent as `webhook-id`, the same with every attempt."""
    url: str
    event: EventType
    subject_id: str
    """What the event is about: the batch."""
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_at: datetime | None
    """When it is tried next."""
    delivered_at: datetime | None
    last_status: int | None
    """The receiver's HTTP status, where it answered."""
    last_error: str | None


class DeliveryDetail(DeliveryView, frozen=True, kw_only=True):
    """A delivery with what is sent, and every attempt at it."""

    payload: Any
    history: list[DeliveryAttempt]


class DeliveryPage(msgspec.Struct, frozen=True):
    """One page of deliveries, newest first."""

    data: list[DeliveryView]
    next_cursor: str | None


def view_delivery(delivery: Delivery) -> DeliveryView:
    """Return `delivery` as it is shown in lists."""
    return DeliveryView(**_fields(delivery))


def view_delivery_in_full(
    delivery: Delivery, *, payload: str | None, attempts: list[DeliveryAttempt]
) -> DeliveryDetail:
    """Return `delivery` with its payload spliced in as the JSON text that it is."""
    return DeliveryDetail(**_fields(delivery), payload=raw_or_none(payload), history=attempts)


def _fields(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in DeliveryView.__struct_fields__}
