"""Deliveries to test with."""

from jobs.ids import DELIVERY_PREFIX, IDS
from jobs.webhooks.delivery import EventType, NewDelivery
from tests.factories import NOW

PAYLOAD = '{"type":"batch.ended","timestamp":"2026-11-22T12:00:00Z","data":{"id":"batch_1"}}'


def queued(store, url, **changes):
    """Store a delivery that is due at once; return its id."""
    defaults = {
        "id": IDS.make(DELIVERY_PREFIX),
        "tenant": "default",
        "url": url,
        "event": EventType.BATCH_ENDED,
        "subject_id": "batch_1",
        "payload": PAYLOAD,
        "created_at": NOW,
    }
    new = NewDelivery(**{**defaults, **changes})
    with store.write() as tx:
        tx.deliveries.add_many([new])
    return new.id


def the_delivery(store, delivery_id):
    """Return the delivery with its attempts, as (status, error) each."""
    with store.read() as tx:
        attempts = tx.deliveries.attempts(delivery_id)
        return tx.deliveries.get(delivery_id), [(each.status, each.error) for each in attempts]
