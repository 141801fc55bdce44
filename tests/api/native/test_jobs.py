import pytest

from claude.dialect import Dialect
from jobs.job import JobState
from tests.factories import ANSWER, stored_job

CHAT = '{"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "2+2?"}]}'


def listed(http, **query):
    answered = http.get("/v1/jobs", params=query)
    assert answered.status_code == 200, answered.text
    return answered.json()


def test_a_job_that_succeeded_is_shown_with_response_usage_and_attempts(http, store):
    job = stored_job(store, state=JobState.SUCCEEDED)
    shown = http.get(f"/v1/jobs/{job.id}")
    assert f'"response":{ANSWER}' in shown.text
    assert shown.json()["usage"] | {"input_tokens": 10, "cost": 0.25} == shown.json()["usage"]
    assert shown.json()["completion"] is None
    assert [attempt["state"] for attempt in shown.json()["attempts"]] == ["succeeded"]


def test_a_job_that_came_in_openais_format_is_shown_with_its_completion(http, store):
    job = stored_job(store, state=JobState.SUCCEEDED, dialect=Dialect.CHAT, body=CHAT)
    completion = http.get(f"/v1/jobs/{job.id}").json()["completion"]
    assert completion["object"] == "chat.completion"
    assert completion["choices"][0]["message"]["content"] == "4"


def test_a_job_that_failed_is_shown_with_the_reason(http, store):
    job = stored_job(store, state=JobState.ERRORED)
    shown = http.get(f"/v1/jobs/{job.id}").json()
    assert (shown["state"], shown["response"], shown["failures"]) == ("errored", None, 1)
    assert shown["error"]["type"] == "overloaded_error"


@pytest.mark.parametrize("path", ["", "/cancel", "/retry"])
@pytest.mark.parametrize("job_id", ["nope", "%00", "a%ffb", "job_" + "0" * 25])
def test_an_unknown_job_is_not_found(refusing, job_id, path):
    answered = refusing.request("POST" if path else "GET", f"/v1/jobs/{job_id}{path}")
    assert answered.status_code == 404
    assert answered.json()["error"]["type"] == "not_found_error"


def test_another_tenants_job_is_not_found(http, store):
    job = stored_job(store, tenant="somebody else")
    assert http.get(f"/v1/jobs/{job.id}").status_code == 404
    assert http.post(f"/v1/jobs/{job.id}/cancel").status_code == 404
    assert listed(http)["data"] == []


def test_pages_follow_each_other_newest_first_without_gap_or_repetition(http, store):
    ids = [stored_job(store).id for _ in range(5)]
    seen = []
    page = {"next_cursor": None}
    while not seen or page["next_cursor"]:
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
        page = listed(http, limit=2, **cursor)
        seen += [job["id"] for job in page["data"]]
    assert seen == ids[::-1]


def test_filters_are_combined(http, store):
    wanted = stored_job(store, state=JobState.ERRORED, model="claude-x")
    stored_job(store, state=JobState.SUCCEEDED, model="claude-x")
    stored_job(store, state=JobState.ERRORED, model="claude-y")
    found = listed(http, state="errored", model="claude-x")["data"]
    assert [job["id"] for job in found] == [wanted.id]


def test_a_cursor_of_another_list_is_refused(http, store):
    for _ in range(2):
        stored_job(store)
    cursor = listed(http, limit=1)["next_cursor"]
    assert http.get("/v1/jobs", params={"cursor": cursor, "state": "queued"}).status_code == 400
    assert http.get("/v1/batches", params={"cursor": cursor}).status_code == 400
    refused = http.get("/v1/jobs", params={"cursor": cursor[:-1] + ("A" if cursor[-1] != "A" else "B")})
    assert refused.status_code == 400
    assert "cursor" in refused.json()["error"]["message"]


@pytest.mark.parametrize(
    "query", ["state=done", "limit=0", "limit=1001", "limit=x", "stat=queued", "model=%00", "batch_id=%00"]
)
def test_a_bad_query_is_refused_with_its_name(refusing, query):
    refused = refusing.get(f"/v1/jobs?{query}")
    assert refused.status_code == 400
    assert query.split("=")[0] in refused.json()["error"]["message"]


def test_a_queued_job_is_canceled(http, store):
    job = stored_job(store)
    assert http.post(f"/v1/jobs/{job.id}/cancel").json()["state"] == "canceled"


def test_cancelling_an_ended_job_leaves_it_as_it_is(http, store):
    job = stored_job(store, state=JobState.SUCCEEDED)
    canceled = http.post(f"/v1/jobs/{job.id}/cancel")
    assert (canceled.status_code, canceled.json()["state"]) == (200, "succeeded")


@pytest.mark.parametrize("state", [JobState.ERRORED, JobState.CANCELED, JobState.EXPIRED])
def test_a_failed_job_is_run_again(http, store, state):
    job = stored_job(store, state=state)
    again = http.post(f"/v1/jobs/{job.id}/retry").json()
    assert (again["state"], again["failures"], again["error"]) == ("queued", 0, None)


def test_a_job_that_did_not_fail_is_not_run_again(http, store):
    job = stored_job(store, state=JobState.SUCCEEDED)
    refused = http.post(f"/v1/jobs/{job.id}/retry")
    assert refused.status_code == 409
    assert "succeeded" in refused.json()["error"]["message"]
