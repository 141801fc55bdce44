"""What a caller is told when something is wrong: one table from exception to status and error type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)

from evals.errors import EvalError
from jobs.errors import (
    BrokerUnavailableError,
    ConflictError,
    CursorError,
    IdempotencyConflictError,
    InvalidSubmissionError,
    NotFoundError,
    PromptmillError,
    QueueFullError,
    StoreUnavailableError,
)
from jobs.webhooks.destination import WebhookRefusedError

UNAVAILABLE = "The database cannot be reached; try again in a moment."
FULL_RETRY_S = 15  # seconds: a full queue is not worked off in a moment
RETRY_AFTER_S = 2  # a database that fails over or restarts is rarely back sooner


class MalformedRequestError(PromptmillError):
    """The request cannot be read."""

    param: str | None = None
    """The one parameter that is at fault, where a dialect has a place to say so."""


class BodyTooLargeError(PromptmillError):
    """The body is larger than this server takes."""


class UnsupportedBodyError(PromptmillError):
    """The body is in a format that this endpoint does not take."""


class BodyCutError(PromptmillError):
    """The connection was lost before the whole body had arrived; nothing was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What went wrong, in no dialect yet."""

    status: int
    type: str
    """Anthropic's word for it, which all our dialects but OpenAI's share."""
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    submission: InvalidSubmissionError | None = None
    """The bad requests, where a submission was refused for them."""
    param: str | None = None
    """The one parameter that is at fault, where that is known."""
    details: str | None = None
    """What Claude's error says for machines, as JSON."""


class RefusedError(PromptmillError):
    """Raised with what the caller is told."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


TYPES: Mapping[int, str] = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    415: "invalid_request_error",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
}
"""Source of the words: Anthropic's error reference; 405 and 415 have none of their own there."""

STATUSES: Mapping[type[Exception], int] = {
    MalformedRequestError: 400,
    BodyCutError: 400,
    CursorError: 400,
    InvalidSubmissionError: 400,
    NotFoundError: 404,
    ConflictError: 409,
    IdempotencyConflictError: 409,
    QueueFullError: 429,
    BodyTooLargeError: 413,
    UnsupportedBodyError: 415,
    WebhookRefusedError: 400,
    EvalError: 400,
    StoreUnavailableError: 503,
    BrokerUnavailableError: 503,
}
"""Everything that is not in here, and not Litestar's, is our own fault: a 500 whose text stays in the log."""

HEADERS: Mapping[int, Mapping[str, str]] = {
    409: {"x-should-retry": "false"},  # the SDKs would try a 409 again, and it would be refused again
    429: {"retry-after": str(FULL_RETRY_S)},
    503: {"retry-after": str(RETRY_AFTER_S)},
}


def refusal_of(error: Exception) -> Refusal:
    """Return what the caller is told about `error`; a fault of ours says nothing but that it was ours."""
    if isinstance(error, RefusedError):
        return error.refusal
    status = _status_of(error)
    return Refusal(
        status=status,
        type=TYPES.get(status, "invalid_request_error"),
        message=_message_of(error, status),
        headers={**_own_headers(error), **HEADERS.get(status, {})},
        submission=error if isinstance(error, InvalidSubmissionError) else None,
        param=error.param if isinstance(error, MalformedRequestError) else None,
    )


def _status_of(error: Exception) -> int:
    for ancestor in type(error).__mro__:
        if ancestor in STATUSES:
            return STATUSES[ancestor]
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return error.status_code
    return HTTPStatus.INTERNAL_SERVER_ERROR.value


def _message_of(error: Exception, status: int) -> str:
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return "Something went wrong on this server; its log tells more under this request id."
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return UNAVAILABLE  # the reason may name hosts; it is for the log
    if isinstance(error, ValidationException):
        return _validation_message(error)
    if isinstance(error, MethodNotAllowedException):
        return "This path does not take that method; the allow header lists those it takes."
    if isinstance(error, NotFoundException):
        return "There is nothing at this path; /schema lists what there is."
    return error.detail if isinstance(error, HTTPException) else str(error)


def _validation_message(error: ValidationException) -> str:
    faults = error.extra if isinstance(error.extra, list) else []
    named = [f"{fault['key'].rstrip('_')}: {fault['message']}" for fault in faults if fault.get("key")]
    return "; ".join(named) or error.detail


def _own_headers(error: Exception) -> Mapping[str, str]:
    if isinstance(error, QueueFullError) and error.is_hopeless:
        return {"x-should-retry": "false"}
    return (error.headers or {}) if isinstance(error, HTTPException) else {}
