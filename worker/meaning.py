"""What an error of Claude's means, for its job and for its lane alike: pure tables, kept nowhere else.

Error codes come first, as they are stable; then the status, or the type where there is no status; message
texts last, as they may change.
"""

from enum import StrEnum
from http import HTTPStatus

from claude.errors import (
    ClaudeConnectionError,
    ClaudeError,
    ClaudeResponseError,
    ClaudeStatusError,
    ClaudeStreamError,
    HeaderError,
    MissingKeyError,
)


class Meaning(StrEnum):
    """Whose fault an error is."""

    ACCOUNT = "account"
    """The key's, the account's or the address's: every other call of the lane would meet it."""
    RATE = "rate"
    """The lane went too fast."""
    CROWD = "crowd"
    """The lane had too many calls at once."""
    OVERLOAD = "overload"
    """The other side, or the way there, is in trouble."""
    PASSING = "passing"
    """This one call went wrong; the next may well go right."""
    REQUEST = "request"
    """The request's own: it would meet the same error again."""


CODES = {
    "enforced_spend_limit_reached": Meaning.ACCOUNT,
    "contract_spend_limit_reached": Meaning.ACCOUNT,
    "organization_on_hold": Meaning.ACCOUNT,
    "cmek_key_disabled": Meaning.ACCOUNT,
    "cmek_key_network_blocked": Meaning.ACCOUNT,
    "linked_organization_billing_unavailable": Meaning.ACCOUNT,
    "linked_organization_spend_limit_reached": Meaning.ACCOUNT,
    "user_profile_billing_not_authorized": Meaning.ACCOUNT,
    "user_profile_not_billable": Meaning.ACCOUNT,
    "ramp_limit_exceeded": Meaning.RATE,
    "cmek_context_unavailable": Meaning.OVERLOAD,
    "cmek_key_unreachable": Meaning.OVERLOAD,
    "compaction_unavailable": Meaning.PASSING,
}
"""`error.details.error_code`, whatever the status."""

STATUSES = {
    401: Meaning.ACCOUNT,
    402: Meaning.ACCOUNT,
    403: Meaning.ACCOUNT,
    407: Meaning.ACCOUNT,
    408: Meaning.PASSING,
    409: Meaning.PASSING,
    429: Meaning.RATE,
}
"""Those below 500 that are not the request's own; all from 500 on are an overload."""

TYPES = {
    "authentication_error": Meaning.ACCOUNT,
    "billing_error": Meaning.ACCOUNT,
    "permission_error": Meaning.ACCOUNT,
    "rate_limit_error": Meaning.RATE,
    "overloaded_error": Meaning.OVERLOAD,
    "api_error": Meaning.OVERLOAD,
    "invalid_request_error": Meaning.REQUEST,
    "not_found_error": Meaning.REQUEST,
    "request_too_large": Meaning.REQUEST,
}
"""`error.type` of an error that came under a 200; any other, ours for what was cut or garbled too, passes."""

ACCOUNT_WORDS = (
    "your credit balance is too low",
    "you have reached your specified api usage limits",
    "you have reached your specified workspace api usage limits",
)
"""How an `invalid_request_error` begins that has no code and is the account's fault all the same."""

CROWD_WORDS = "concurrent connections"
"""What a 429 says that is not about calls a minute."""


def meaning_of(error: ClaudeError) -> Meaning:
    """Return what `error` means, whatever its job has been through."""
    match error:
        case ClaudeStatusError() | ClaudeStreamError() if error.code in CODES:
            return CODES[error.code]
        case ClaudeStatusError():
            return _of_status(error)
        case ClaudeStreamError() | ClaudeResponseError():
            return _unless_account(error, TYPES.get(error.type, Meaning.PASSING))
        case ClaudeConnectionError():
            return Meaning.OVERLOAD
        case MissingKeyError() | HeaderError(name="x-api-key"):
            return Meaning.ACCOUNT
        case _:
            return Meaning.REQUEST


def _of_status(error: ClaudeStatusError) -> Meaning:
    status = error.http_status
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Meaning.OVERLOAD
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _of_refusal(error)
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return Meaning.PASSING
    if status < HTTPStatus.BAD_REQUEST:
        return Meaning.ACCOUNT  # redirects are not followed: our base URL is not where Claude lives
    return _unless_account(error, STATUSES.get(status, Meaning.REQUEST))


def _of_refusal(error: ClaudeStatusError) -> Meaning:
    if CROWD_WORDS in error.message.lower():
        return Meaning.CROWD
    # Only a spend cap is refused without a word on waiting, nor on what is left a minute, nor on retries.
    is_final = error.retry_after_s is None and not error.headers and not error.should_retry
    return Meaning.ACCOUNT if is_final else Meaning.RATE


def _unless_account(error: ClaudeError, otherwise: Meaning) -> Meaning:
    is_account = otherwise is Meaning.REQUEST and error.message.lower().startswith(ACCOUNT_WORDS)
    return Meaning.ACCOUNT if is_account else otherwise
