"""Errors as the native dialect shows them."""

import msgspec

from api.errors import Refusal
from jobs.errors import InvalidSubmissionError


class BadRequestView(msgspec.Struct, frozen=True, kw_only=True):
    """One request that cannot be accepted."""

    index: int
    """Position among the requests of the submission, from 0."""
    line: int | None
    """Line of an NDJSON submission, from 1."""
    custom_id: str | None
    field: str
    """Path of the offending field, as `messages.0.role`; empty for the request as a whole."""
    message: str


class ErrorView(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong."""

    type: str
    message: str
    request_id: str
    """The same as in the `request-id` header; the server's log has it."""
    count: int | msgspec.UnsetType = msgspec.UNSET
    """How many requests of the submission are bad."""
    details: list[BadRequestView] | msgspec.UnsetType = msgspec.UNSET
    """The first hundred of them."""


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every answer that is an error."""

    error: ErrorView


class BadLinesError(InvalidSubmissionError):
    """Bad requests of an NDJSON submission, with the lines on which they stand."""

    def __init__(self, refused: InvalidSubmissionError, line_numbers: list[int | None]) -> None:
        super().__init__(refused.bad_requests, refused.count)
        self.line_numbers = line_numbers


class BadTemplateError(InvalidSubmissionError):
    """Bad requests of what is to be submitted again and again."""

    def __init__(self, refused: InvalidSubmissionError, path: str) -> None:
        super().__init__(refused.bad_requests, refused.count)
        self.path = path
        """Of the list that they stand in."""


def render_error(refusal: Refusal, request_id: str) -> ErrorBody:
    """Return the body of a native error answer."""
    if (refused := refusal.submission) is None:
        return ErrorBody(ErrorView(type=refusal.type, message=refusal.message, request_id=request_id))
    details = _details(refused)
    return ErrorBody(
        ErrorView(
            type=refusal.type,
            message=_summary(refused, details[0]),
            request_id=request_id,
            count=refused.count,
            details=details,
        )
    )


def _summary(refused: InvalidSubmissionError, first: BadRequestView) -> str:
    where = f"line {first.line}: " if first.line else ""
    if isinstance(refused, BadTemplateError):
        where = f"{refused.path}.{first.index}: "
    fault = f"{where}{first.field}: {first.message}" if first.field else f"{where}{first.message}"
    if refused.count == 1:
        return f"{fault}; nothing was stored"
    return f"{refused.count} bad requests, the first: {fault}; nothing was stored"


def _details(refused: InvalidSubmissionError) -> list[BadRequestView]:
    bad_requests = refused.bad_requests
    nowhere: list[int | None] = [None] * len(bad_requests)
    line_numbers = refused.line_numbers if isinstance(refused, BadLinesError) else nowhere
    return [
        BadRequestView(
            index=bad.index, line=line, custom_id=bad.custom_id, field=bad.field, message=bad.message
        )
        for bad, line in zip(bad_requests, line_numbers, strict=True)
    ]
