"""One of everything that belongs to a tenant."""

import anthropic
import httpx
import openai

from jobs.ids import DELIVERY_PREFIX, IDS
from jobs.job import JobState
from jobs.webhooks.delivery import EventType, NewDelivery
from tests.api.access import bearer
from tests.api.openai.uploads import created
from tests.api.requests import a_line, a_request
from tests.evaluating import bench, right
from tests.factories import NOW, move, stored_batch

EVAL_CONFIG = {
    "type": "custom",
    "item_schema": {
        "type": "object",
        "properties": {"sum": {"type": "string"}, "answer": {"type": "string"}},
    },
    "include_sample_schema": True,
}
EVAL_CRITERION = {
    "type": "string_check",
    "name": "right",
    "input": "{{sample.output_text}}",
    "operation": "ilike",
    "reference": "{{item.answer}}",
}
EVAL_SOURCE = {
    "type": "completions",
    "model": "claude-haiku-4-5",
    "source": {"type": "file_content", "content": [{"item": {"sum": "1 + 1", "answer": "is 2."}}]},
    "input_messages": {
        "type": "template",
        "template": [{"role": "user", "content": "What is {{item.sum}}?"}],
    },
}


def belongings(store, url, key, tenant):
    """Make one of everything for the tenant, most of it over the api with its key; return the ids by kind."""
    batch_id, job_ids = stored_batch(store, 1, tenant=tenant)
    move(store, job_ids, JobState.SUCCEEDED)
    with anthropic.Anthropic(base_url=url, api_key=key) as client:
        messages = client.messages.batches.create(requests=[a_request()])
    with openai.OpenAI(base_url=f"{url}/openai/v1", api_key=key) as client:
        openai_batch = created(client)
        evaluated = graded(store, client, tenant)
    return {
        "job": job_ids[0],
        "batch": batch_id,
        "message batch": messages.id,
        "openai batch": openai_batch.id,
        "file": openai_batch.input_file_id,
        "delivery": told(store, tenant, batch_id),
        "schedule": scheduled(url, key),
        **evaluated,
    }


def graded(store, client, tenant):
    """Make an eval with one graded run, and return the ids by which they are reached."""
    made = client.evals.create(name="sums", data_source_config=EVAL_CONFIG, testing_criteria=[EVAL_CRITERION])
    run = client.evals.runs.create(made.id, name="nightly", data_source=EVAL_SOURCE)
    with bench(store) as desk, store.read() as tx:
        desk.answer(tx.eval_runs.get(run.id).batch_id, right, tenant=tenant)
        desk.grade()
    [item] = client.evals.runs.output_items.list(run.id, eval_id=made.id)
    path = f"{made.id}/runs/{run.id}"
    return {
        "eval": made.id,
        "run": run.id,
        "eval run": path,
        "output item": f"{path}/output_items/{item.id}",
    }


def scheduled(url, key):
    """Add a schedule, and return its id."""
    schedule = {"name": "pulse", "every_s": 3600, "batch": {"requests": [a_line()]}}
    with client_of(url, key) as client:
        return client.post("/v1/schedules", json=schedule).raise_for_status().json()["id"]


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
