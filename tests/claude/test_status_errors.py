import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude.status_errors import ERROR_TYPES, default_type, retry_after_s, status_error

DOCUMENTED = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The pairs of status and type that Anthropic's documentation of errors lists."""

LONG = json.dumps({"error_code": "long", "x": "x" * 5000})

DOCUMENTED_WITHOUT_A_TYPE = {408, 412, 422, 499, 503}


@pytest.mark.parametrize(("status", "error_type"), DOCUMENTED.items())
def test_each_documented_status_has_its_documented_type(status: int, error_type: str):
    assert status_error(status, {}, b"<html></html>").type == error_type


def test_every_documented_status_is_in_the_table():
    assert set(ERROR_TYPES) >= DOCUMENTED.keys() | DOCUMENTED_WITHOUT_A_TYPE


def test_too_large_and_overloaded_stay_apart_from_their_neighbours():
    assert len({default_type(status) for status in (400, 413, 429, 500, 529)}) == 5


@given(st.integers(100, 999))
def test_any_status_has_a_type(status: int):
    said = status_error(status, {}, b"")
    assert said.type
    assert said.status == said.http_status == status
    assert str(status) in said.message


def test_claude_has_the_last_word_on_the_type():
    body = {"type": "error", "error": {"type": "new_error", "message": "So it is."}, "request_id": "req_2"}
    said = status_error(503, {"request-id": "req_1"}, json.dumps(body).encode())
    assert (said.type, said.message, said.request_id, said.code) == ("new_error", "So it is.", "req_1", None)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "5",
        "[]",
        '{"error": "a text"}',
        '{"error": {"type": 5}}',
        "{",
        "\x00\x1b[31m",
        "[" * 100_000,
    ],
)
def test_a_body_of_any_shape_is_summed_up(body: str):
    said = status_error(500, {}, body.encode())
    assert said.message.startswith("HTTP 500 Internal Server Error with ")
    assert said.message.isprintable()
    assert len(said.message) < 600
    assert len(said.body) <= 4000


def test_odd_details_do_not_hide_the_message():
    body = {"error": {"type": "api_error", "message": "Broken", "details": ["odd"]}}
    assert status_error(500, {}, json.dumps(body).encode()).message == "Broken"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "86400"}, 86400.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:30 GMT", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 30.0),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}, 0.0),
    ],
)
def test_the_wait_that_claude_asks_for_is_understood(headers: dict[str, str], seconds: float | None):
    assert retry_after_s(headers) == seconds


def test_a_date_without_the_answers_own_counts_from_now():
    until = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    assert retry_after_s({"retry-after": until}) == pytest.approx(3600, abs=60)


@pytest.mark.parametrize(
    ("value", "verdict"), [("true", True), ("FALSE", False), ("maybe", None), (None, None)]
)
def test_claudes_own_verdict_on_retrying_is_kept(value: str | None, verdict: bool | None):
    headers = {} if value is None else {"x-should-retry": value}
    assert status_error(400, headers, b"").should_retry is verdict


@pytest.mark.parametrize(
    ("details", "code", "kept"),
    [
        ('{"error_code": "ramp", "n":1.0}', "ramp", '{"error_code": "ramp", "n":1.0}'),
        ('{"paths": ["a"]}', None, '{"paths": ["a"]}'),
        ('{"error_code": 7}', None, '{"error_code": 7}'),
        ("null", None, None),
        ("[1]", None, None),
        (LONG, "long", None),
    ],
)
def test_details_are_kept_as_they_came_unless_they_are_none(details: str, code: str | None, kept: str | None):
    body = f'{{"error": {{"type": "rate_limit_error", "message": "m", "details": {details}}}}}'
    said = status_error(429, {}, body.encode())
    assert (said.type, said.code, said.details) == ("rate_limit_error", code, kept)
