"""The official Anthropic SDK, unchanged but for its base URL, through the whole service."""

from itertools import islice

import anthropic
import pytest

from tests.eventually import until

pytestmark = pytest.mark.journey


@pytest.fixture
def client(service):
    with sdk(service.api_url) as client:
        yield client


def sdk(url):
    return anthropic.Anthropic(base_url=url, api_key="any", max_retries=0)


def requests(count, **params):
    return [
        {
            "custom_id": f"sum-{n}",
            "params": {
                "model": "claude-haiku-5-5",
                "max_tokens": 64,
                "messages": [{"role": "user", "content": f"What is {n} + 1?"}],
                **params,
            },
        }
        for n in range(count)
    ]


def ended(client, batch_id):
    def look():
        batch = client.messages.batches.retrieve(batch_id)
        return batch if batch.processing_status == "ended" else None

    return until(look, f"{batch_id} to end")


def test_a_batch_is_created_run_and_its_results_are_read(client):
    check_a_batch(client)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_batch_is_run_on_postgres_as_well(stack):
    stack.start_all()
    with sdk(stack.api_url) as client:
        check_a_batch(client)


def check_a_batch(client):
    created = client.messages.batches.create(requests=requests(50))
    assert created.processing_status == "in_progress"
    assert created.request_counts.processing == 50
    batch = ended(client, created.id)
    assert batch.request_counts.succeeded == 50
    answers = {
        entry.custom_id: next(block.text for block in entry.result.message.content if block.type == "text")
        for entry in client.messages.batches.results(created.id)
    }
    assert answers == {f"sum-{n}": str(n + 1) for n in range(50)}


def test_a_request_that_claude_refuses_ends_errored_with_its_error(client):
    created = client.messages.batches.create(requests=requests(1, model="claude-none-9"))
    assert ended(client, created.id).request_counts.errored == 1
    [entry] = client.messages.batches.results(created.id)
    assert entry.result.type == "errored"
    assert entry.result.error.error.type == "not_found_error"


def test_a_batch_is_canceled_and_then_deleted(client):
    slow = [{"role": "user", "content": "[[slow 600]]"}]
    created = client.messages.batches.create(requests=requests(300, messages=slow))
    canceled = client.messages.batches.cancel(created.id)
    assert canceled.processing_status in {"canceling", "ended"}
    assert ended(client, created.id).request_counts.canceled == 300
    assert {entry.result.type for entry in client.messages.batches.results(created.id)} == {"canceled"}
    assert client.messages.batches.delete(created.id).id == created.id
    with pytest.raises(anthropic.NotFoundError):
        client.messages.batches.retrieve(created.id)


def test_a_bad_request_is_refused_by_its_place_and_nothing_is_stored(client):
    bad = requests(2)
    bad[1]["params"]["messages"] = [{"role": "robot", "content": "Hi"}]
    known = client.messages.batches.list().data
    with pytest.raises(anthropic.BadRequestError, match=r"requests\.1\.params\.messages\.0\.role"):
        client.messages.batches.create(requests=bad)
    assert client.messages.batches.list().data == known


def test_batches_are_paged_in_both_directions(client):
    made = [client.messages.batches.create(requests=requests(1)).id for _ in range(5)]
    newest_first = [batch.id for batch in islice(client.messages.batches.list(limit=2), 5)]
    assert newest_first == made[::-1]
    before = [batch.id for batch in client.messages.batches.list(limit=2, before_id=made[0])]
    assert sorted(before) == sorted(made[1:])
