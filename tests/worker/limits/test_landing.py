import pytest

from claude.errors import (
    ClaudeConnectionError,
    ClaudeResponseError,
    ClaudeStatusError,
    ClaudeStreamError,
    ConnectionFault,
    MissingKeyError,
)
from claude.request import InvalidRequestError
from worker.limits.landing import NOT_SENT, of_error
from worker.limits.limiter import RefusalKind

HEADERS = {"anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-requests-remaining": "0"}
CREDIT = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing."
LIMIT = "You have reached your specified API usage limits. You will regain access on 2026-12-01."
WORKSPACE = "You have reached your specified workspace API usage limits."
CROWD = "Number of concurrent connections has exceeded your rate limit. Please try again later."


def status(http_status, message="no", **more):
    return ClaudeStatusError(message, status=http_status, error_type="some_error", **more)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (status(429, retry_after_s=2.0), RefusalKind.RATE),
        (status(429, retry_after_s=2.0, code="ramp_limit_exceeded"), RefusalKind.RATE),
        (status(429, headers=HEADERS), RefusalKind.RATE),
        (status(429, should_retry=True), RefusalKind.RATE),
        (status(429, CROWD, retry_after_s=1.0), RefusalKind.CONCURRENCY),
        (status(429), RefusalKind.ACCOUNT),
        (status(429, code="enforced_spend_limit_reached", headers=HEADERS), RefusalKind.ACCOUNT),
        (status(429, code="contract_spend_limit_reached", retry_after_s=9.0), RefusalKind.ACCOUNT),
        (status(401), RefusalKind.ACCOUNT),
        (status(402), RefusalKind.ACCOUNT),
        (status(403), RefusalKind.ACCOUNT),
        (status(400, CREDIT), RefusalKind.ACCOUNT),
        (status(400, LIMIT), RefusalKind.ACCOUNT),
        (status(400, WORKSPACE), RefusalKind.ACCOUNT),
        (status(400, "on hold", code="organization_on_hold"), RefusalKind.ACCOUNT),
        (status(400, "messages.0: the words 'your credit balance is too low' are wrong here"), None),
        (status(404), None),
        (status(413), None),
        (status(408), None),
        (status(500), RefusalKind.OVERLOAD),
        (status(502), RefusalKind.OVERLOAD),
        (status(503), RefusalKind.OVERLOAD),
        (status(504), RefusalKind.OVERLOAD),
        (status(529), RefusalKind.OVERLOAD),
        (ClaudeStreamError("x", error_type="overloaded_error"), RefusalKind.OVERLOAD),
        (ClaudeStreamError("x", error_type="stream_cut"), None),
        (ClaudeResponseError("x"), None),
        (ClaudeConnectionError(ConnectionFault.UNREACHABLE, "x"), RefusalKind.OVERLOAD),
        (ClaudeConnectionError(ConnectionFault.STALLED, "x"), RefusalKind.OVERLOAD),
        (MissingKeyError(), RefusalKind.ACCOUNT),
        (InvalidRequestError([]), None),
    ],
)
def test_an_error_says_this_about_its_lane(error, kind):
    refusal = of_error(error).refusal
    assert (refusal.kind if refusal else None) is kind


def test_a_429_tells_how_long_to_wait_and_brings_its_headers():
    landed = of_error(status(429, retry_after_s=7.5, headers=HEADERS))
    assert landed.refusal.wait_s == 7.5
    assert landed.headers == HEADERS
    assert of_error(status(429, headers=HEADERS)).refusal.wait_s == 1.0


def test_a_fault_of_the_account_is_told_in_claudes_words():
    assert of_error(status(400, CREDIT)).refusal.reason == f"some_error: {CREDIT}"


def test_a_call_that_never_left_takes_nothing_from_the_limits():
    assert of_error(InvalidRequestError([])) == NOT_SENT
    assert not of_error(ClaudeConnectionError(ConnectionFault.UNREACHABLE, "x")).was_sent
    assert of_error(ClaudeConnectionError(ConnectionFault.STALLED, "x")).was_sent
