"""Calls as the api takes them in; no worker runs here, so none of them is answered."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import anthropic
import httpx
import pytest

from jobs.clock import utc_now
from tests.api.requests import JSON, a_body
from tests.api.serving import serving
from tests.eventually import until
from tests.factories import ANSWER, WORKER, an_outcome

LEGACY = {"model": "claude-2.1", "max_tokens_to_sample": 9, "prompt": "\n\nHuman: hi\n\nAssistant:"}


@pytest.fixture
def busy(settings, store) -> Iterator[httpx.Client]:
    """Return a client of an api in which one caller may wait at a time."""
    with (
        serving(replace(settings, max_calls=1), store) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def caller() -> Iterator[ThreadPoolExecutor]:
    """Return a thread for a call that waits."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


def the_job(store):
    def look():
        with store.read() as tx:
            return next(iter(tx.jobs.list(tenant="default", limit=2)), None)

    return until(look, "the job of the call")


def answer(store, job, response=ANSWER):
    with store.write() as tx:
        tx.jobs.claim([job.id], worker_id=WORKER, now=utc_now())
        assert tx.jobs.settle([an_outcome(job.id, response=response)])


@pytest.mark.parametrize(("path", "body"), [("/v1/messages", a_body()), ("/v1/complete", LEGACY)])
def test_a_call_is_stored_as_a_job_and_answered_with_its_response(http, store, caller, path, body):
    headers = {
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "one-2026-01-01,two-2026-01-01",
        "anthropic-workspace-id": "wrkspc_1",
        "promptmill-priority": "background",
        "promptmill-max-failures": "2",
        "promptmill-max-time-s": "7.5",
        "promptmill-name": "mine",
    }
    waiting = caller.submit(http.post, path, json=body, headers=headers)
    job = the_job(store)
    assert (job.priority, job.max_failures, job.max_time_s, job.custom_id) == ("background", 2, 7.5, "mine")
    assert job.dialect == ("messages" if path == "/v1/messages" else "complete")
    with store.read() as tx:
        kept = tx.jobs.get_request(job.id).headers
    assert kept == {name: headers[name] for name in headers if name.startswith("anthropic-")}
    answer(store, job, response=' {"exactly": "this"}\n')
    answered = waiting.result()
    assert (answered.status_code, answered.text) == (200, ' {"exactly": "this"}\n')
    assert answered.headers["promptmill-job-id"] == job.id
    assert answered.headers["request-id"].startswith("req_")


def test_a_call_is_interactive_and_is_given_up_within_the_hour(http, store, caller):
    waiting = caller.submit(http.post, "/v1/messages", json=a_body())
    job = the_job(store)
    assert job.priority == "interactive"
    assert (job.expires_at - job.created_at).total_seconds() == 3600
    answer(store, job)
    assert waiting.result().status_code == 200


def test_when_too_many_wait_the_next_is_told_to_come_back(busy, store, caller):
    waiting = caller.submit(busy.post, "/v1/messages", json=a_body())
    job = the_job(store)
    refused = until(lambda: busy_answer(busy), "the api to be full")
    assert refused.json()["error"]["type"] == "overloaded_error"
    assert int(refused.headers["retry-after"]) > 0
    answer(store, job)
    assert waiting.result().status_code == 200
    with store.read() as tx:
        assert len(tx.jobs.list(tenant="default", limit=9)) == 1


def busy_answer(client):
    answered = client.post("/v1/messages", json=a_body())
    return answered if answered.status_code == 529 else None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("promptmill-keep", "perhaps"),
        ("promptmill-priority", "urgent"),
        ("promptmill-max-failures", "0"),
        ("promptmill-max-failures", "two"),
        ("promptmill-max-time-s", "-1"),
        ("promptmill-max-time-s", "nan"),
        ("promptmill-name", ""),
        ("promptmill-kept", "true"),
    ],
)
def test_a_header_that_cannot_be_is_refused_by_its_name(refusing, name, value):
    refused = refusing.post("/v1/messages", json=a_body(), headers={name: value})
    assert (refused.status_code, refused.json()["type"]) == (400, "error")
    assert name in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b"{", 400, "not JSON"),
        (b"[]", 400, "must be a JSON object"),
        (b'{"model": "\xff"}', 400, "not valid UTF-8"),
        (b"{}", 400, "model: is missing; max_tokens: is missing; messages: is missing"),
        (b'{"stream": 7}', 400, "stream: must be true or false"),
        (b'"' + b"x" * (32 << 20) + b'"', 413, "larger than 32 MB"),
    ],
)
def test_a_body_that_cannot_be_is_refused_in_anthropics_shape(refusing, content, status, message):
    refused = refusing.post("/v1/messages", content=content, headers=JSON)
    assert refused.status_code == status
    assert message in refused.json()["error"]["message"]
    assert refused.json()["request_id"] == refused.headers["request-id"]


def test_a_legacy_prompt_without_turns_is_refused(refusing):
    refused = refusing.post("/v1/complete", json={**LEGACY, "prompt": "hi"})
    assert (refused.status_code, refused.json()["type"]) == (400, "error")
    assert refused.json()["error"]["message"].startswith("prompt: ")


def test_the_cache_may_be_warmed_by_a_call_and_not_in_a_batch(http, sdk, store, caller):
    waiting = caller.submit(http.post, "/v1/messages", json=a_body(max_tokens=0))
    answer(store, the_job(store))
    assert waiting.result().status_code == 200
    request = {"custom_id": "a", "params": a_body(max_tokens=0)}
    with pytest.raises(anthropic.BadRequestError, match=r"requests\.0\.params\.max_tokens"):
        sdk.messages.batches.create(requests=[request])
