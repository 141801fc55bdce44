"""One of everything that belongs to a tenant."""

import anthropic
import httpx
import openai

from jobs.ids import DELIVERY_PREFIX, IDS
from jobs.job import JobState
from jobs.webhooks.delivery import EventType, NewDelivery
from tests.api.access import bearer
from tests.api.openai.uploads import created
from tests.api.requests import a_request
from tests.factories import NOW, move, stored_batch


def belongings(store, url, key, tenant):
    """Make one of everything for the tenant, most of it over the api with its key; return the ids by kind."""
    batch_id, job_ids = stored_batch(store, 1, tenant=tenant)
    move(store, job_ids, JobState.SUCCEEDED)
    with anthropic.Anthropic(base_url=url, api_key=key) as client:
        messages = client.messages.batches.create(requests=[a_request()])
    with openai.OpenAI(base_url=f"{url}/openai/v1", api_key=key) as client:
        openai_batch = created(client)
    return {
        "job": job_ids[0],
        "batch": batch_id,
        "message batch": messages.id,
        "openai batch": openai_batch.id,
        "file": openai_batch.input_file_id,
        "delivery": told(store, tenant, batch_id),
    }


def told(store, tenant, batch_id):
    """Store a delivery of the tenant's, and return its id."""
    delivery = NewDelivery(
        id=IDS.make(DELIVERY_PREFIX),
        tenant=tenant,
        url="https://receiver.example/",
        event=EventType.BATCH_ENDED,
        subject_id=batch_id,
        payload="{}",
        created_at=NOW,
    )
    with store.write() as tx:
        tx.deliveries.add_many([delivery])
    return delivery.id


def client_of(url, key):
    """Return a plain client that shows the key."""
    return httpx.Client(base_url=url, headers=bearer(key), timeout=30)
