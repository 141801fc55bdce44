"""Calls to `/v1/messages` and `/v1/complete` through the whole service: what goes out and comes back."""

import json

import anthropic
import httpx
import pytest

from tests.eventually import until

pytestmark = pytest.mark.journey

HEADERS = {"content-type": "application/json", "anthropic-version": "2023-06-01"}
OLD_MODEL = "claude-haiku-4-5"


@pytest.fixture
def sdk(service):
    with anthropic.Anthropic(base_url=service.api_url, api_key="any", max_retries=0) as client:
        yield client


def asked(prompt, **fields):
    message = {"role": "user", "content": prompt}
    return {"model": "claude-haiku-5-5", "max_tokens": 64, "messages": [message], **fields}


def text_of(message):
    return "".join(block["text"] for block in message["content"] if block["type"] == "text")


def job_of(service, response):
    return service.client.get(f"/v1/jobs/{response.headers['promptmill-job-id']}").json()


def ended(service, job_id):
    def look():
        job = service.client.get(f"/v1/jobs/{job_id}").json()
        return job if job["ended_at"] else None

    return until(look, f"{job_id} to end")


def test_request_and_answer_are_kept_and_passed_on_byte_for_byte(service):
    body = (
        '{ "model":"claude-haiku-5-5",\n "max_tokens" : 4096,\t"metadata": {"user_id":"u"},'
        '"messages":[{"content":"[[echo request]] \\u00e9 é", "role":"user"}] }'
    )
    answered = service.client.post("/v1/messages", content=body.encode(), headers=HEADERS)
    assert json.loads(text_of(answered.json())) == json.loads(body)
    kept = service.client.get(f"/v1/jobs/{answered.headers['promptmill-job-id']}").text
    assert f'"request":{body}' in kept
    assert f'"response":{answered.text}' in kept


def test_fields_that_are_not_known_here_are_claudes_to_judge(service):
    request = asked("hi", frobnicate={"deeply": [1]})
    answered = service.client.post("/v1/messages", json=request, headers=HEADERS)
    assert answered.status_code == 400
    assert answered.json()["error"]["message"] == "frobnicate: Extra inputs are not permitted"


def test_a_call_is_a_job_like_any_other(service):
    answered = service.client.post(
        "/v1/messages",
        json=asked("[[529 x2, then ok]] What is 3 + 4?"),
        headers={"promptmill-name": "seven", "anthropic-beta": "context-1m-2025-08-07"},
    )
    assert text_of(answered.json()) == "7"
    job = job_of(service, answered)
    assert (job["state"], job["priority"], job["custom_id"], job["failures"]) == (
        "succeeded",
        "interactive",
        "seven",
        2,
    )
    assert [attempt["status"] for attempt in job["attempts"]] == [529, 529, 200]
    assert job["response"] == answered.json()
    assert answered.headers["request-id"] != job["attempts"][-1]["request_id"]


@pytest.mark.parametrize(
    ("version", "status"), [("2023-06-01", 200), ("2026-10-21", 400), ("2020-02-02", 400)]
)
def test_the_version_is_sent_as_given_and_the_rules_are_its_own(service, version, status):
    request = asked("hi", model=OLD_MODEL, temperature=0.5)
    headers = {"anthropic-version": version, "x-api-key": "any"}
    answered = service.client.post("/v1/messages", json=request, headers=headers)
    direct = httpx.post(f"{service.sandbox_url}/v1/messages", json=request, headers=headers)
    assert answered.status_code == direct.status_code == status
    assert answered.json().get("error") == direct.json().get("error")


def events_of(url, path, request):
    headers = {"anthropic-version": "2023-06-01", "x-api-key": "any"}
    answered = httpx.post(f"{url}{path}", json={**request, "stream": True}, headers=headers, timeout=60)
    assert answered.headers["content-type"].startswith("text/event-stream")
    frames = answered.text.replace("\r\n", "\n").removesuffix("\n\n").split("\n\n")
    return [frame.split("\n") for frame in frames]


def without_ids(frames):
    """Return the frames without what differs from call to call: ids and pings."""
    kept = []
    for name, line in frames:
        data = json.loads(line.removeprefix("data: "))
        data.get("message", {}).pop("id", None)
        data.pop("id", None)
        data.pop("log_id", None)
        if data["type"] != "ping":
            kept.append((name, data))
    return kept


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("/v1/messages", asked("[[say one two three four five]]", model=OLD_MODEL)),
        ("/v1/messages", asked("[[unknown-event]] [[crlf]] [[say six seven]]", model=OLD_MODEL)),
        (
            "/v1/complete",
            {
                "model": "claude-2.1",
                "max_tokens_to_sample": 64,
                "prompt": "\n\nHuman: What is 20 + 3?\n\nAssistant:",
            },
        ),
    ],
)
def test_events_come_exactly_as_claude_sends_them(service, path, request_):
    assert without_ids(events_of(service.api_url, path, request_)) == without_ids(
        events_of(service.sandbox_url, path, request_)
    )


def test_a_stream_that_fails_before_its_first_event_is_tried_again_unseen(sdk):
    request = asked("[[529 x2, then ok]] [[say eight nine]]")
    with sdk.messages.stream(**request) as stream:
        assert "".join(stream.text_stream) == "eight nine"
    assert stream.response.headers["promptmill-job-id"].startswith("job_")


def test_a_stream_that_breaks_ends_with_an_error_event_and_its_job_is_canceled(service, sdk):
    request = asked("[[stall after=2 for=1]] [[cut after=4]] [[say one two three four five]]", stream=True)
    stream = sdk.messages.create(**request)
    job_id = stream.response.headers["promptmill-job-id"]
    with pytest.raises(anthropic.APIStatusError) as caught:
        list(stream)
    assert (caught.value.status_code, caught.value.type) == (200, "api_error")
    assert job_id in caught.value.body["error"]["message"]
    assert ended(service, job_id)["state"] == "canceled"


@pytest.mark.parametrize("streams", [False, True])
def test_when_the_caller_hangs_up_the_job_is_canceled(service, streams):
    marker = f"left-{streams}"
    request = asked(f"[[stall after=2]] [[mark {marker}]]", stream=streams, model=OLD_MODEL)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{service.api_url}/v1/messages", json=request, timeout=2)
    until(lambda: canceled(service, marker), "the job to be canceled")


def canceled(service, marker):
    calls = httpx.get(f"{service.sandbox_url}/_sandbox/calls", params={"marker": marker}).json()
    return calls and all(call["ended"] == "disconnected" for call in calls)


@pytest.mark.parametrize("streams", [False, True])
def test_a_job_that_is_kept_outlives_its_caller_who_finds_the_answer_under_his_key(service, streams):
    request = asked("[[slow 2]] What is 40 + 2?", stream=streams)
    headers = {"promptmill-keep": "true", "idempotency-key": f"answer-{streams}"}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{service.api_url}/v1/messages", json=request, headers=headers, timeout=1)
    answered = httpx.post(f"{service.api_url}/v1/messages", json=request, headers=headers, timeout=30)
    assert "42" in answered.text
    assert len(job_of(service, answered)["attempts"]) == 1


def test_a_bad_request_is_refused_before_it_is_a_job(sdk):
    with pytest.raises(anthropic.BadRequestError, match=r"^.*messages\.0\.role: must be one of") as caught:
        sdk.messages.create(**asked("hi") | {"messages": [{"role": "robot", "content": "hi"}]})
    assert "requests." not in str(caught.value)
    assert "promptmill-job-id" not in caught.value.response.headers


def test_nobody_waits_behind_a_paused_lane(service, sdk):
    with pytest.raises(anthropic.AuthenticationError):
        sdk.messages.create(**asked("[[401]]", model="claude-opus-5"))
    with pytest.raises(anthropic.AuthenticationError, match="invalid x-api-key"):
        sdk.messages.create(**asked("hi", model="claude-opus-5"))
    service.client.post("/v1/lanes/resume").raise_for_status()
    assert sdk.messages.create(**asked("hi", model="claude-opus-5")).stop_reason == "end_turn"
