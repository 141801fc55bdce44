import pytest

from tests.api.requests import JSON, NDJSON, a_line, ndjson


def test_one_job_is_stored_and_shown_with_its_request_exactly_as_it_came(http):
    body = '{ "max_tokens":10, "model":"claude-x",\n "messages":[{"content":"\\u00e4","role":"user"}] }'
    submitted = http.post("/v1/jobs", content=f'{{"custom_id": "x", "request": {body}}}', headers=JSON)
    assert submitted.status_code == 202
    job = submitted.json()
    assert (job["state"], job["format"], job["custom_id"]) == ("queued", "messages", "x")
    assert f'"request":{body}' in http.get(f"/v1/jobs/{job['id']}").text


def test_lines_become_one_batch_in_their_order(http):
    submitted = http.post(
        "/v1/jobs",
        params={"name": "night run", "priority": "background", "expires_in_s": 60},
        content=ndjson(a_line("a"), b"", a_line("b", priority="interactive"), a_line()),
        headers=NDJSON,
    )
    assert submitted.status_code == 202
    batch = submitted.json()
    assert (batch["name"], batch["state"], batch["counts"]["total"]) == ("night run", "running", 3)
    jobs = http.get("/v1/jobs", params={"batch_id": batch["id"]}).json()["data"]
    assert [(job["custom_id"], job["priority"]) for job in jobs] == [
        (None, "background"),
        ("b", "interactive"),
        ("a", "background"),
    ]
    assert {job["expires_at"] for job in jobs} == {batch["expires_at"]}


def test_a_delayed_job_waits(http):
    line = a_line(run_at="2090-01-01T00:00:00+01:00", max_failures=2)
    job = http.post("/v1/jobs", json=line).json()
    assert (job["state"], job["run_at"], job["max_failures"]) == ("waiting", "2089-12-31T23:00:00Z", 2)


def test_the_callers_version_headers_are_kept_with_the_job(http, store):
    headers = {"anthropic-version": "2026-10-21", "anthropic-beta": "a,b", "x-api-key": "sk-ant-secret"}
    job = http.post("/v1/jobs", json=a_line(), headers=headers).json()
    with store.read() as tx:
        assert tx.jobs.get_request(job["id"]).headers == {
            "anthropic-version": "2026-10-21",
            "anthropic-beta": "a,b",
        }


def test_an_explicit_format_wins_over_the_recognised_one(http):
    assert http.post("/v1/jobs", json=a_line()).json()["format"] == "messages"
    assert http.post("/v1/jobs", json=a_line(format="chat")).json()["format"] == "chat"


def test_each_line_of_a_mixed_batch_keeps_its_own_format(http):
    question = [{"role": "user", "content": "hi"}]
    requests = {
        "chat": {"model": "claude-x", "messages": question},
        "messages": {"model": "claude-x", "max_tokens": 9, "messages": question},
        "complete": {"model": "claude-2", "prompt": "\n\nHuman: hi\n\nAssistant:", "max_tokens_to_sample": 9},
    }
    formats = ["chat", "messages", "", "complete", "chat", "complete", "", "messages"]
    lines = [{"request": requests[each]} if each else b"" for each in formats]
    batch = http.post("/v1/jobs", content=ndjson(*lines), headers=NDJSON).json()
    jobs = http.get("/v1/jobs", params={"batch_id": batch["id"]}).json()["data"]
    assert [job["format"] for job in reversed(jobs)] == [each for each in formats if each]


@pytest.mark.parametrize("run_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_start_outside_of_the_calendar_is_refused(refusing, run_at):
    refused = refusing.post("/v1/jobs", json=a_line(run_at=run_at))
    assert refused.status_code == 400
    assert refused.json()["error"]["details"][0]["field"] == "run_at"


def test_an_unknown_query_name_is_refused_with_the_names_that_are_known(refusing):
    for name in ("colour", "tenant", "store"):
        refused = refusing.get("/v1/jobs", params={name: "x"})
        assert refused.status_code == 400
        assert "takes state, batch_id, model, limit, cursor" in refused.json()["error"]["message"]


def test_a_name_that_ends_in_a_line_break_is_refused(refusing):
    refused = refusing.post("/v1/jobs", params={"name": "x\n"}, content=ndjson(a_line()), headers=NDJSON)
    assert refused.status_code == 400
