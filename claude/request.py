"""A request on its way to Claude: checked when it is handed in, turned into bytes when it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import msgspec

from claude.body import checked_bytes
from claude.chat.request import inspect_chat, translate_chat
from claude.complete import inspect_complete
from claude.dialect import Dialect
from claude.errors import ClaudeError
from claude.messages import inspect_messages
from claude.report import Report, Unsupported

API_VERSION = "2023-06-01"
"""The `anthropic-version` that is sent where the caller names none; every API and model takes it."""


class WireApi(StrEnum):
    """Which of Claude's APIs a request goes to, and so which shape the answer has."""

    MESSAGES = "messages"
    COMPLETE = "complete"


PATHS = {WireApi.MESSAGES: "/v1/messages", WireApi.COMPLETE: "/v1/complete"}


class RequestFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the service itself needs to know of a request."""

    model: str
    stream: bool
    max_tokens: int | None
    """The most output tokens that may come: what was asked for, else the model's default."""
    input_tokens_estimate: int
    warnings: tuple[str, ...] = ()
    """What Claude has no place for, and what will be done about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a request."""

    field: str
    """Path of the offending field, as `messages.0.role`; empty for the request as a whole."""
    message: str


class InvalidRequestError(ClaudeError):
    """The request cannot be sent; nothing was."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        lines = [f"{problem.field}: {problem.message}".removeprefix(": ") for problem in problems]
        super().__init__("; ".join(lines), error_type="invalid_request_error")


class WireRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it goes out."""

    method: ClassVar[str] = "POST"
    path: str
    headers: dict[str, str]
    """Names in lower case; without the key and what belongs to the connection."""
    body: bytes
    stream: bool
    api: WireApi
    patience: float = 1.0
    """How many times the usual time the call may take as a whole."""
    warnings: tuple[str, ...] = ()
    """What the caller asked for and Claude has no place for, and what was done about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRequest:
    """A request that is for Claude's API but not for a model: the models themselves, a count of tokens."""

    method: str
    path: str
    """With its query."""
    headers: dict[str, str]
    """Names in lower case; without the key and what belongs to the connection."""
    body: bytes = b""
    stream: ClassVar[bool] = False
    patience: ClassVar[float] = 1.0


_INSPECTORS = {
    Dialect.MESSAGES: inspect_messages,
    Dialect.COMPLETE: inspect_complete,
    Dialect.CHAT: inspect_chat,
}


def inspect_request(
    dialect: Dialect, body: bytes | str, *, unsupported: Unsupported = Unsupported.DROP
) -> RequestFacts:
    """Check one request as it was handed in; raises InvalidRequestError with every problem found.

    `unsupported` is for chat requests that do not say it themselves, as `drop_params`.
    """
    report = Report(unsupported=unsupported)
    checked = checked_bytes(body, report)
    found = _INSPECTORS[dialect](checked, report) if checked is not None else None
    if found is None or report.refusals:
        raise _invalid(report)
    return RequestFacts(
        model=found.model,
        stream=found.stream,
        max_tokens=found.max_tokens,
        input_tokens_estimate=found.input_tokens,
        warnings=tuple(report.warnings),
    )


def wire_request(
    dialect: Dialect, body: bytes | str, headers: Mapping[str, str], *, stream: bool
) -> WireRequest:
    """Turn a request into what goes out; raises InvalidRequestError.

    The bodies of Anthropic's own formats go out byte for byte, but for `stream` where it must change.
    """
    sent_headers = {"anthropic-version": API_VERSION}
    sent_headers.update((name.lower(), value) for name, value in headers.items())
    if dialect is Dialect.CHAT:
        return _wire_chat(body, sent_headers, stream=stream)
    api = WireApi.COMPLETE if dialect is Dialect.COMPLETE else WireApi.MESSAGES
    return WireRequest(
        path=PATHS[api],
        headers=sent_headers,
        body=with_stream(body, stream=stream),
        stream=stream,
        api=api,
    )


def _wire_chat(body: bytes | str, headers: dict[str, str], *, stream: bool) -> WireRequest:
    report = Report()
    checked = checked_bytes(body, report)
    translated = translate_chat(checked, report) if checked is not None else None
    if translated is None or report.refusals:
        raise _invalid(report)
    api = WireApi.COMPLETE if translated.is_legacy else WireApi.MESSAGES
    fields = translated.body
    if stream:
        fields["stream"] = True
    return WireRequest(
        path=PATHS[api],
        # the translation writes 2023-06-01's format; a newer version would refuse its temperature
        headers={**headers, "anthropic-version": API_VERSION},
        body=msgspec.json.encode(fields),
        stream=stream,
        api=api,
        warnings=tuple(report.warnings),
    )


class _StreamField(msgspec.Struct, gc=False):
    stream: bool | None = None


_decode_stream = msgspec.json.Decoder(_StreamField).decode
_decode_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_FLAGS = {True: msgspec.Raw(b"true"), False: msgspec.Raw(b"false")}


def with_stream(body: bytes | str, *, stream: bool) -> bytes:
    """Return the same bytes where `stream` is as wanted already, else the same fields in the same order.

    Raises InvalidRequestError.
    """
    report = Report()
    checked = checked_bytes(body, report)
    if checked is None:
        raise _invalid(report)
    try:
        is_stream = (_decode_stream(checked).stream or False) if _may_hold_stream(checked) else False
        if is_stream is stream:
            return checked
        return msgspec.json.encode({**_decode_fields(checked), "stream": _FLAGS[stream]})
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        report.refuse("", f"the body is not JSON: {error}")
        raise _invalid(report) from error


def _may_hold_stream(body: bytes) -> bool:
    """Whether a look is worth it; a key may also be written with escapes of its letters."""
    return b'"stream"' in body or b"\\u00" in body


def _invalid(report: Report) -> InvalidRequestError:
    return InvalidRequestError([Problem(field=path, message=reason) for path, reason in report.refusals])
