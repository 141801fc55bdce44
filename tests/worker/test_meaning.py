import pytest

from claude.errors import (
    ClaudeConnectionError,
    ClaudeError,
    ClaudeResponseError,
    ClaudeStatusError,
    ClaudeStreamError,
    ConnectionFault,
    HeaderError,
    MissingKeyError,
)
from claude.request import InvalidRequestError
from claude.status_errors import default_type
from worker.meaning import CODES, Meaning, meaning_of

LOW_CREDIT = "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing."
OWN_LIMIT = "You have reached your specified API usage limits. You will regain access on 2026-12-01."
WORKSPACE_LIMIT = "You have reached your specified workspace API usage limits."
CROWDED = "Number of concurrent connections has exceeded your rate limit."
LIMITS = {"anthropic-ratelimit-requests-remaining": "0"}


def status(status, message="as Claude said", **fields):
    return ClaudeStatusError(message, status=status, error_type=default_type(status), **fields)


def event(error_type, message="as Claude said", code=None):
    return ClaudeStreamError(message, error_type=error_type, code=code)


def carried(error_type, message="as Claude said"):
    return ClaudeResponseError(message, error_type=error_type)


STATUSES = {
    Meaning.ACCOUNT: [301, 302, 307, 308, 401, 402, 403, 407],
    Meaning.PASSING: [202, 204, 408, 409],
    Meaning.OVERLOAD: [500, 501, 502, 503, 504, 520, 522, 524, 529],
    Meaning.REQUEST: [400, 404, 405, 410, 412, 413, 415, 422, 499],
}


@pytest.mark.parametrize(
    ("code", "meaning"), [(code, meaning) for meaning, codes in STATUSES.items() for code in codes]
)
def test_each_status_has_its_meaning(code, meaning):
    assert meaning_of(status(code)) is meaning


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (status(429, retry_after_s=2), Meaning.RATE),
        (status(429, headers=LIMITS), Meaning.RATE),
        (status(429, should_retry=True), Meaning.RATE),
        (status(429, retry_after_s=0), Meaning.RATE),
        (status(429, CROWDED), Meaning.CROWD),
        (status(429, CROWDED, retry_after_s=2), Meaning.CROWD),
        (status(429), Meaning.ACCOUNT),
        (status(429, should_retry=False), Meaning.ACCOUNT),
        (status(429, retry_after_s=9, code="enforced_spend_limit_reached"), Meaning.ACCOUNT),
        (status(429, headers=LIMITS, code="contract_spend_limit_reached"), Meaning.ACCOUNT),
        (status(429, code="ramp_limit_exceeded"), Meaning.RATE),
        (status(429, code="some_new_code", retry_after_s=2), Meaning.RATE),
    ],
    ids=repr,
)
def test_a_429_is_a_rate_limit_a_crowd_or_a_spend_cap(error, meaning):
    assert meaning_of(error) is meaning


@pytest.mark.parametrize("said", [LOW_CREDIT, OWN_LIMIT, WORKSPACE_LIMIT, LOW_CREDIT.upper()])
def test_an_account_without_means_is_known_by_its_words_alone_where_there_is_no_code(said):
    assert meaning_of(status(400, said)) is Meaning.ACCOUNT
    assert meaning_of(event("invalid_request_error", said)) is Meaning.ACCOUNT
    assert meaning_of(carried("invalid_request_error", said)) is Meaning.ACCOUNT


def test_words_about_the_account_later_in_a_message_may_be_the_prompts_own():
    assert meaning_of(status(400, f"messages.0: {LOW_CREDIT}")) is Meaning.REQUEST


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("http_status", [400, 429, 503])
def test_a_code_counts_more_than_the_status(code, http_status):
    assert meaning_of(status(http_status, LOW_CREDIT, code=code, headers=LIMITS)) is CODES[code]
    assert meaning_of(event("api_error", code=code)) is CODES[code]


def test_an_unknown_code_leaves_the_word_to_the_status():
    assert meaning_of(status(400, code="user_profile_required")) is Meaning.REQUEST
    assert meaning_of(event("overloaded_error", code="some_new_code")) is Meaning.OVERLOAD


@pytest.mark.parametrize("under_a_200", [event, carried])
@pytest.mark.parametrize(
    ("error_type", "meaning"),
    [
        ("overloaded_error", Meaning.OVERLOAD),
        ("api_error", Meaning.OVERLOAD),
        ("rate_limit_error", Meaning.RATE),
        ("timeout_error", Meaning.PASSING),
        ("conflict_error", Meaning.PASSING),
        ("some_new_error", Meaning.PASSING),
        ("invalid_request_error", Meaning.REQUEST),
        ("not_found_error", Meaning.REQUEST),
        ("request_too_large", Meaning.REQUEST),
        ("authentication_error", Meaning.ACCOUNT),
        ("billing_error", Meaning.ACCOUNT),
        ("permission_error", Meaning.ACCOUNT),
    ],
)
def test_an_error_under_a_200_is_read_by_its_type(under_a_200, error_type, meaning):
    assert meaning_of(under_a_200(error_type)) is meaning


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        *((ClaudeConnectionError(fault, "no answer"), Meaning.OVERLOAD) for fault in ConnectionFault),
        (event(ClaudeStreamError.CUT), Meaning.PASSING),
        (event(ClaudeStreamError.MALFORMED), Meaning.PASSING),
        (ClaudeResponseError("not JSON"), Meaning.PASSING),
        (MissingKeyError(), Meaning.ACCOUNT),
        (HeaderError("x-api-key", "a space"), Meaning.ACCOUNT),
        (HeaderError("anthropic-beta", "a line break"), Meaning.REQUEST),
        (InvalidRequestError([]), Meaning.REQUEST),
        (ClaudeError("anything else"), Meaning.REQUEST),
    ],
    ids=repr,
)
def test_what_went_wrong_without_an_error_of_claudes_has_its_meaning(error, meaning):
    assert meaning_of(error) is meaning
