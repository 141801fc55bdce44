"""The border for HTTP statuses: every answer that is not a 200 becomes a ClaudeStatusError, by table."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import msgspec

from claude.answer import limit_headers
from claude.errors import ClaudeStatusError
from claude.excerpt import UNREADABLE, excerpt

KEPT_CHARACTERS = 4000

ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    409: "conflict_error",
    412: "invalid_request_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    499: "client_closed_request",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""Claude's `error.type` by status, for answers that do not name one, as a gateway's HTML page does not."""


class WireError(msgspec.Struct):
    """The `error` object of an error body."""

    type: str | None = None
    message: str | None = None
    details: msgspec.Raw = msgspec.Raw()


class ErrorBody(msgspec.Struct):
    """An error body: `{"type": "error", "error": {...}, "request_id": ...}`."""

    error: WireError
    request_id: str | None = None


class ErrorCode(msgspec.Struct):
    """The part of an error's `details` that every kind of error has."""

    error_code: str | None = None


_decode_body = msgspec.json.Decoder(ErrorBody).decode
_decode_code = msgspec.json.Decoder(ErrorCode).decode


def status_error(status: int, headers: Mapping[str, str], body: bytes) -> ClaudeStatusError:
    """Translate an answer that is not a 200; `body` may be cut short, `headers` have names in lower case."""
    try:
        said = _decode_body(body)
    except UNREADABLE:
        said = ErrorBody(error=WireError())
    return ClaudeStatusError(
        said.error.message or f"HTTP {_named(status)} with {excerpt(body)}",
        status=status,
        error_type=said.error.type or default_type(status),
        code=error_code(said.error.details),
        request_id=headers.get("request-id") or said.request_id,
        details=kept_details(said.error.details),
        retry_after_s=retry_after_s(headers),
        should_retry={"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower()),
        body=body.decode(errors="replace")[:KEPT_CHARACTERS],
        headers=limit_headers(headers),
    )


def error_code(details: msgspec.Raw) -> str | None:
    """Return the stable machine code in an error's `details`, where there is one."""
    try:
        return _decode_code(details).error_code
    except UNREADABLE:
        return None


def kept_details(details: msgspec.Raw) -> str | None:
    """Return an error's `details` as the JSON that they are; None where there are none, or far too many."""
    text = bytes(details)
    return text.decode(errors="replace") if text.startswith(b"{") and len(text) <= KEPT_CHARACTERS else None


def default_type(status: int) -> str:
    """Claude's word for a status, where the answer itself has none."""
    if status in ERROR_TYPES:
        return ERROR_TYPES[status]
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "api_error"
    return "invalid_request_error" if status >= HTTPStatus.BAD_REQUEST else "unexpected_status"


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How many seconds Claude asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.

    A date counts from the answer's own `date`, so that a wrong clock here does no harm.
    """
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _number(value)
    if seconds is not None:
        return seconds
    until = _date(value)
    if until is None:
        return None
    since = _date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - since).total_seconds())


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
