import gzip
import json

import pytest

from tests.api.requests import JSON, NDJSON, a_body, a_line, ndjson


def test_every_bad_line_is_listed_and_nothing_is_stored(refusing):
    lines = ndjson(
        a_line("good"),
        b"not json",
        a_line("b", priority="urgent"),
        b"",
        a_line("good"),
        a_line("c", request=a_body(messages=[])),
        b'{"custom_id": "\xff", "request": {}}',
        a_line("d", flavour="mint"),
        {"custom_id": "e"},
    )
    refused = refusing.post("/v1/jobs", content=lines, headers=NDJSON)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["type"], error["count"]) == ("invalid_request_error", 7)
    assert [(bad["line"], bad["custom_id"], bad["field"]) for bad in error["details"]] == [
        (2, None, ""),
        (3, "b", "priority"),
        (5, "good", "custom_id"),
        (6, "c", "messages"),
        (7, None, ""),
        (8, "d", "flavour"),
        (9, "e", "request"),
    ]
    assert all(bad["message"] for bad in error["details"])


def test_the_first_hundred_bad_lines_are_listed_and_all_are_counted(refusing):
    error = refusing.post("/v1/jobs", content=b"x\n" * 250, headers=NDJSON).json()["error"]
    assert (error["count"], len(error["details"]), error["details"][-1]["line"]) == (250, 100, 100)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "not valid JSON"),
        (b"", "not valid JSON"),
        (b"[]", "object"),
        (b'{"request": {"model": "\xff"}}', "UTF-8"),
        (b'{"request": {"messages": ' + b"[" * 5000 + b"]" * 5000 + b"}}", "deep"),
        (json.dumps(a_line(custom_id="a\0b")).encode(), "custom_id"),
        (json.dumps(a_line(run_at="2090-01-01T00:00:00")).encode(), "run_at"),
    ],
)
def test_a_job_that_cannot_be_read_is_refused_with_the_reason(refusing, content, said):
    refused = refusing.post("/v1/jobs", content=content, headers=JSON)
    assert refused.status_code == 400
    assert said in refused.json()["error"]["message"]


def test_a_submission_without_a_job_is_refused(refusing):
    assert refusing.post("/v1/jobs", content=b"\n \n", headers=NDJSON).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"content-type": "text/plain"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-type": "application/json", "content-encoding": "gzip"},
    ],
)
def test_a_body_in_another_format_is_refused(refusing, headers):
    refused = refusing.post("/v1/jobs", content=gzip.compress(b"{}"), headers=headers)
    assert refused.status_code == 415
    assert refused.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_body_that_is_too_large_is_refused(refusing, is_announced):
    body = ndjson(*[a_line()] * 20_000)
    content = body if is_announced else iter([body])
    refused = refusing.post("/v1/jobs", content=content, headers=NDJSON)
    assert refused.status_code == 413
    assert refused.json()["error"]["type"] == "request_too_large"


@pytest.mark.parametrize(
    "query", ["priority=urgent", "expires_in_s=-1", "expires_in_s=x", "nmae=x", "name=%00"]
)
def test_a_bad_query_is_refused(refusing, query):
    refused = refusing.post(f"/v1/jobs?{query}", content=ndjson(a_line()), headers=NDJSON)
    assert refused.status_code == 400
    assert query.split("=")[0] in refused.json()["error"]["message"]


def test_a_name_for_a_single_job_is_refused(refusing):
    assert refusing.post("/v1/jobs?name=x", json=a_line()).status_code == 400


def test_a_nul_is_refused_where_a_database_would_choke_on_it(http):
    submitted = http.post("/v1/jobs", json=a_line(request=a_body(model="claude\0x")))
    assert submitted.status_code == 400
    assert http.post("/v1/jobs", json=a_line(request=a_body("a\0b"))).status_code == 202
