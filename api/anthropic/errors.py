"""Errors as Anthropic shows them; source: Anthropic's error reference and its SDKs."""

from typing import Literal

import msgspec

from api.errors import Refusal
from jobs.errors import BadRequest, InvalidSubmissionError

NAMED_IN_MESSAGE = 10  # bad requests; `details` has more
ENVELOPE = "requests."
"""How the fields begin that belong to the batch itself; all others are fields of `params`."""


class BadRequestView(msgspec.Struct, frozen=True, kw_only=True):
    """One request that cannot be accepted."""

    index: int
    custom_id: str | None
    field: str
    """From the top of the body, as `requests.3.params.messages.0.role`."""
    message: str


class ErrorDetails(msgspec.Struct, frozen=True):
    """The bad requests of a batch."""

    count: int
    bad_requests: list[BadRequestView]
    """The first hundred of them."""


class ErrorView(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong."""

    type: str
    message: str
    details: ErrorDetails | msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every answer that is an error."""

    type: Literal["error"] = "error"
    error: ErrorView
    request_id: str


def render_error(refusal: Refusal, request_id: str) -> ErrorBody:
    """Return the body of an error answer in Anthropic's shape."""
    message = refusal.message
    if refusal.submission is not None:
        message = "; ".join(
            f"{bad.field}: {bad.message}".removeprefix(": ") for bad in refusal.submission.bad_requests
        )
    details = msgspec.UNSET if refusal.details is None else msgspec.Raw(refusal.details.encode())
    return ErrorBody(
        error=ErrorView(type=refusal.type, message=message, details=details), request_id=request_id
    )


def render_batch_error(refusal: Refusal, request_id: str) -> ErrorBody:
    """Return the body of an error answer about a batch, where the fields of a request have longer paths."""
    if (refused := refusal.submission) is None:
        return render_error(refusal, request_id)
    error = ErrorView(type=refusal.type, message=_summary(refused), details=_details(refused))
    return ErrorBody(error=error, request_id=request_id)


def _summary(refused: InvalidSubmissionError) -> str:
    named = refused.bad_requests[:NAMED_IN_MESSAGE]
    faults = "; ".join(f"{_path(bad)}: {bad.message}" for bad in named)
    if refused.count == 1:
        return faults
    return f"{faults} ({refused.count} bad requests in all; nothing was stored)"


def _details(refused: InvalidSubmissionError) -> ErrorDetails:
    listed = [
        BadRequestView(index=bad.index, custom_id=bad.custom_id, field=_path(bad), message=bad.message)
        for bad in refused.bad_requests
    ]
    return ErrorDetails(refused.count, listed)


def _path(bad: BadRequest) -> str:
    if bad.field.startswith(ENVELOPE):
        return bad.field
    if bad.field == "custom_id":
        return f"requests.{bad.index}.custom_id"
    return f"requests.{bad.index}.params.{bad.field}".rstrip(".")
