from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.requests import JSON, NDJSON, a_line, a_request, ndjson

KEY = {"idempotency-key": "the-key"}


def test_the_same_job_twice_is_one_job(http):
    first, second = (http.post("/v1/jobs", json=a_line("a"), headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]


def test_the_same_lines_twice_are_one_batch(http):
    first, second = (
        http.post("/v1/jobs", content=ndjson(a_line("a")), headers=KEY | NDJSON).json() for _ in range(2)
    )
    assert first["id"] == second["id"]
    assert len(http.get("/v1/batches").json()["data"]) == 1


def test_the_same_message_batch_twice_is_one_batch(http):
    body = {"requests": [a_request()]}
    first, second = (http.post("/v1/messages/batches", json=body, headers=KEY).json() for _ in range(2))
    assert first["id"] == second["id"]


@pytest.mark.parametrize(
    ("path", "content", "headers"),
    [
        ("/v1/jobs", ndjson(a_line("b")), NDJSON),
        ("/v1/jobs?name=other", ndjson(a_line("a")), NDJSON),
        ("/v1/jobs", ndjson(a_line("a")), JSON),
        ("/v1/jobs", ndjson(a_line("a")), NDJSON | {"anthropic-version": "2026-10-21"}),
    ],
)
def test_a_key_used_for_something_else_is_a_conflict(http, path, content, headers):
    http.post("/v1/jobs", content=ndjson(a_line("a")), headers=KEY | NDJSON).raise_for_status()
    refused = http.post(path, content=content, headers=KEY | headers)
    assert refused.status_code == 409
    assert refused.json()["error"]["type"] == "conflict_error"
    assert refused.headers["x-should-retry"] == "false"


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_is_none_is_refused(http, key):
    assert http.post("/v1/jobs", json=a_line(), headers={"idempotency-key": key}).status_code == 400


def test_the_same_lines_sent_several_times_at_once_are_one_batch(http):
    lines = ndjson(*[a_line(str(number)) for number in range(300)])

    def submit(_: int) -> tuple[int, str]:
        answered = http.post("/v1/jobs", content=lines, headers=KEY | NDJSON)
        return answered.status_code, answered.json().get("id")

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(submit, range(6)))
    assert len(answers) == 1
    assert answers.pop()[0] == 202
