"""Single jobs through the whole service: what becomes of them, and what is recorded."""

import json
from datetime import UTC, datetime

import httpx
import pytest

from jobs.celery_app import make_celery
from jobs.queues import RUN_BUNDLE, Queue
from jobs.settings import read_settings
from tests.eventually import until

pytestmark = pytest.mark.journey


def messages_request(prompt, **fields):
    return {
        "model": "claude-haiku-5-5",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": prompt}],
        **fields,
    }


def submit(service, request, **fields):
    response = service.client.post("/v1/jobs", json={"request": request, **fields})
    assert response.status_code == httpx.codes.ACCEPTED, response.text
    return response.json()["id"]


def job(service, job_id):
    return service.client.get(f"/v1/jobs/{job_id}").json()


def ended(service, job_id):
    finals = {"succeeded", "errored", "canceled", "expired"}

    def look():
        found = job(service, job_id)
        return found if found["state"] in finals else None

    return until(look, f"{job_id} to end")


def text_of(response):
    return "".join(block["text"] for block in response["content"] if block["type"] == "text")


def calls_about(service, mark):
    return httpx.get(f"{service.sandbox_url}/_sandbox/calls", params={"marker": mark}).json()


def test_a_job_is_polled_by_its_id_until_the_answer_is_there(service):
    request = messages_request("What is 17 + 25? [[mark polled]]")
    found = ended(service, submit(service, request))
    assert found["state"] == "succeeded"
    assert found["request"] == request
    assert text_of(found["response"]) == "42"
    assert len(calls_about(service, "polled")) == 1
    [attempt] = found["attempts"]
    assert (attempt["status"], attempt["state"]) == (200, "succeeded")
    assert attempt["request_id"].startswith("req_")
    assert found["usage"]["cost"] > 0


def test_a_passing_fault_is_retried_and_each_attempt_leaves_a_row(service):
    found = ended(service, submit(service, messages_request("What is 1 + 1? [[529 x2, then ok]]")))
    assert (found["state"], found["failures"]) == ("succeeded", 2)
    assert [attempt["status"] for attempt in found["attempts"]] == [529, 529, 200]
    assert found["attempts"][0]["error"]["type"] == "overloaded_error"
    assert found["error"] is None


def test_a_fault_of_the_request_ends_the_job_at_once_with_claudes_own_words(service):
    found = ended(service, submit(service, messages_request("Hello", model="claude-none-9")))
    assert (found["state"], found["reason"], len(found["attempts"])) == ("errored", "refused", 1)
    assert found["error"]["status"] == 404
    assert found["error"]["type"] == "not_found_error"
    assert found["error"]["request_id"].startswith("req_")


def test_failures_end_a_job_when_its_budget_is_spent_and_a_retry_starts_afresh(service):
    job_id = submit(service, messages_request("What is 2 + 2? [[500 x2, then ok]]"), max_failures=2)
    found = ended(service, job_id)
    assert (found["state"], found["reason"], found["failures"]) == ("errored", "failures_spent", 2)
    service.client.post(f"/v1/jobs/{job_id}/retry").raise_for_status()
    found = ended(service, job_id)
    assert (found["state"], found["failures"], found["attempt"]) == ("succeeded", 0, 3)


def test_a_streamed_answer_is_put_together_and_its_pieces_are_kept(service):
    request = messages_request("[[say one two three four five]]", stream=True)
    found = ended(service, submit(service, request))
    assert found["state"] == "succeeded"
    assert text_of(found["response"]) == "one two three four five"
    assert found["response"]["stop_reason"] == "end_turn"


def test_a_stream_that_is_cut_is_never_a_success(service):
    job_id = submit(service, messages_request("[[cut after=2]]", stream=True), max_failures=2)
    found = ended(service, job_id)
    assert found["state"] == "errored"
    assert found["response"] is None


def test_an_openai_request_gets_an_openai_completion(service):
    request = {
        "model": "anthropic/claude-haiku-5-5",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is 2 + 3?"},
        ],
    }
    found = ended(service, submit(service, request, format="chat"))
    [choice] = found["completion"]["choices"]
    assert choice["message"]["content"] == "5"
    assert choice["finish_reason"] == "stop"
    assert found["completion"]["object"] == "chat.completion"


@pytest.mark.parametrize("model", ["claude-2.1", "claude-2", "claude-instant-1", "claude-instant-1.2"])
def test_the_legacy_models_are_reached_through_the_legacy_prompt(service, model):
    request = {"model": model, "messages": [{"role": "user", "content": "What is 20 + 3?"}]}
    found = ended(service, submit(service, request, format="chat"))
    assert found["state"] == "succeeded", found["error"]
    assert found["response"]["type"] == "completion"
    assert found["completion"]["choices"][0]["message"]["content"].strip() == "23"


def test_a_waiting_job_is_canceled_at_once_and_never_called(service):
    request = messages_request("Never [[mark canceled]]")
    job_id = submit(service, request, run_at="2099-01-01T00:00:00Z")
    assert service.client.post(f"/v1/jobs/{job_id}/cancel").json()["state"] == "canceled"
    assert calls_about(service, "canceled") == []


def test_canceling_a_running_job_closes_its_connection(service):
    before = service.calls()["in_flight"]
    job_id = submit(service, messages_request("[[slow 600]]"))
    until(lambda: service.calls()["in_flight"] == before + 1, "the call to be made")
    service.client.post(f"/v1/jobs/{job_id}/cancel").raise_for_status()
    found = ended(service, job_id)
    assert (found["state"], found["failures"]) == ("canceled", 0)
    until(lambda: service.calls()["in_flight"] == before, "the connection to be closed")


def test_what_was_not_started_in_time_expires(service):
    service.worker.stop()
    line = json.dumps({"request": messages_request("Too late [[mark expired]]")})
    batch = service.client.post(
        "/v1/jobs",
        params={"expires_in_s": 1},
        content=line,
        headers={"content-type": "application/x-ndjson"},
    ).json()
    expires_at = datetime.fromisoformat(batch["expires_at"])
    until(lambda: datetime.now(UTC) > expires_at, "the batch to be past its time")
    service.worker = service.start_worker()
    assert service.wait(batch["id"])["counts"]["expired"] == 1
    assert calls_about(service, "expired") == []


def test_a_message_of_nonsense_is_refused_and_those_after_it_are_taken(service):
    celery = make_celery(read_settings(service.environment))
    with celery.connection_for_write() as connection:
        for arguments in (("nonsense",), (), ('{"items": [["job_1"]], "dispatched_at": "today"}',)):
            celery.send_task(RUN_BUNDLE, args=arguments, queue=Queue.INTERACTIVE.value, connection=connection)
    request = messages_request("What is 3 + 4?")
    assert ended(service, submit(service, request, priority="interactive"))["state"] == "succeeded"
    refused = [line for line in service.worker.log.read_text().splitlines() if "message_refused" in line]
    assert len(refused) == 3
