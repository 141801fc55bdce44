"""Errors as OpenAI shows them; source: the official SDK, which reads `error` and raises by the status."""

import re
from collections.abc import Mapping

import msgspec

from api.errors import MalformedRequestError, Refusal
from jobs.errors import BadRequest, InvalidSubmissionError

NAMED_IN_MESSAGE = 10  # faults of a request

TYPES: Mapping[str, tuple[str, str | None]] = {
    "authentication_error": ("invalid_request_error", "invalid_api_key"),
    "permission_error": ("permission_error", None),
    "not_found_error": ("invalid_request_error", None),
    "conflict_error": ("invalid_request_error", None),
    "request_too_large": ("invalid_request_error", "request_too_large"),
    "rate_limit_error": ("rate_limit_error", "rate_limit_exceeded"),
    "billing_error": ("insufficient_quota", "insufficient_quota"),
    "budget_exceeded": ("insufficient_quota", "insufficient_quota"),
    "invalid_request_error": ("invalid_request_error", None),
}
"""OpenAI's type and code for each of our words; whatever is not in here is the server's fault."""

SERVER_ERROR = ("server_error", None)
NO_MODEL = re.compile(r"model: |The model '")  # what Claude says of a model that it has not, and what we do


class ParameterError(MalformedRequestError):
    """One parameter of the request is wrong."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(message)
        self.param = param


class ErrorView(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    """The field at fault, as `messages.0.role`."""
    code: str | None


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of every answer that is an error."""

    error: ErrorView


def render_error(refusal: Refusal, _: str) -> ErrorBody:
    """Return the body of an error answer in OpenAI's shape; the request's id is in a header there."""
    if refusal.submission is None:
        return ErrorBody(view_error(refusal.type, refusal.message, param=refusal.param))
    bad_requests = refusal.submission.bad_requests
    return ErrorBody(
        view_error(refusal.type, _summary(refusal.submission), param=bad_requests[0].field or None)
    )


def view_error(error_type: str, message: str, *, param: str | None = None) -> ErrorView:
    """Return an error that our own dialects call `error_type`."""
    kind, code = TYPES.get(error_type, SERVER_ERROR)
    if error_type == "not_found_error" and NO_MODEL.match(message):
        param, code = "model", "model_not_found"
    return ErrorView(message=message, type=kind, param=param, code=code)


def _summary(refused: InvalidSubmissionError) -> str:
    return "; ".join(_fault(bad) for bad in refused.bad_requests[:NAMED_IN_MESSAGE])


def _fault(bad: BadRequest) -> str:
    return f"{bad.field}: {bad.message}" if bad.field else bad.message
