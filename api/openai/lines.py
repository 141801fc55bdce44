"""The lines of a batch's input file, each with its faults in OpenAI's words."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from api.decoding import JsonDecoder, UndecodableError, text_of
from api.openai.identity import ENDPOINTS
from api.spool import Spool
from claude.dialect import Dialect
from claude.report import Unsupported
from claude.request import Problem
from jobs.check import LONGEST_CUSTOM_ID
from jobs.errors import BadRequest
from jobs.openai_batch import LineError
from jobs.submission import SubmittedRequest

LINE_BYTES = 32 << 20  # Anthropic's own limit for one request
BLANK = b" \t\r\n"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

INVALID_JSON = "invalid_json_line"
MISSING = "missing_required_parameter"
INVALID_CUSTOM_ID = "invalid_custom_id"
DUPLICATE = "duplicate_custom_id"
URL_MISMATCH = "url_mismatch"
INVALID_METHOD = "invalid_method"
INVALID = "invalid_request"


class _Line(msgspec.Struct, frozen=True):
    custom_id: str
    method: str
    url: str
    body: msgspec.Raw


class _Body(msgspec.Struct, frozen=True):
    model: str = ""
    stream: bool | None = None


class _Named(msgspec.Struct, frozen=True):
    custom_id: str | None = None


_lines = JsonDecoder(_Line)
_bodies = JsonDecoder(_Body)
_names = JsonDecoder(_Named)


class _LineFaultError(Exception):
    def __init__(self, code: str, field: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.problem = Problem(field=field, message=message)


class BatchLines:
    """The requests in a spooled input file; iterating starts afresh at its first line."""

    def __init__(
        self, spool: Spool, *, endpoint: str, headers: Mapping[str, str], unsupported: Unsupported | None
    ) -> None:
        self._spool = spool
        self._endpoint = endpoint
        self.dialect = ENDPOINTS[endpoint]
        self._headers = dict(headers)
        self._unsupported = unsupported
        self._codes: dict[int, str] = {}
        self.models: set[str] = set()
        """The models of the lines that were read, as far as two."""

    def __iter__(self) -> Iterator[SubmittedRequest]:
        for index, (_, line) in enumerate(self._numbered()):
            try:
                yield self._read(line)
            except _LineFaultError as error:
                self._codes[index] = error.code
                yield SubmittedRequest(
                    custom_id=_custom_id(line), dialect=self.dialect, body="", fault=error.problem
                )

    def line_errors(self, bad_requests: Sequence[BadRequest]) -> list[LineError]:
        """Return the faults of a refused submission with their lines, counted from 1."""
        numbers = self._numbers_of({bad.index for bad in bad_requests})
        return [
            LineError(
                code=self._code_of(bad),
                message=bad.message,
                line=numbers[bad.index],
                param=self._param_of(bad),
            )
            for bad in bad_requests
        ]

    def is_empty(self) -> bool:
        """Return whether there is no line to read."""
        return next(self._numbered(), None) is None

    def has_over(self, most: int) -> bool:
        """Return whether there are more than `most` lines to read."""
        return any(count > most for count, _ in enumerate(self._numbered(), start=1))

    def _numbered(self) -> Iterator[tuple[int, bytes]]:
        for number, line in enumerate(self._spool.lines(LINE_BYTES), start=1):
            text = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            if text.strip(BLANK):
                yield number, text

    def _numbers_of(self, indexes: set[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for index, (number, _) in enumerate(self._numbered()):
            if index in indexes:
                found[index] = number
                if len(found) == len(indexes):
                    break
        return found

    def _read(self, line: bytes) -> SubmittedRequest:
        if len(line) > LINE_BYTES:
            raise _LineFaultError(INVALID_JSON, "", f"This line is longer than {LINE_BYTES >> 20} MB.")
        request = _decode(line)
        self._check(request)
        return SubmittedRequest(
            custom_id=request.custom_id,
            dialect=self.dialect,
            body=_text(request.body),
            headers=self._headers if self.dialect is Dialect.MESSAGES else {},
            unsupported=self._unsupported,
        )

    def _check(self, request: _Line) -> None:
        if not 0 < len(request.custom_id) <= LONGEST_CUSTOM_ID or not request.custom_id.isprintable():
            raise _LineFaultError(
                INVALID_CUSTOM_ID, "custom_id", f"must be 1 to {LONGEST_CUSTOM_ID} printable characters"
            )
        if request.method != "POST":
            raise _LineFaultError(INVALID_METHOD, "method", "must be POST")
        if request.url != self._endpoint:
            raise _LineFaultError(
                URL_MISMATCH,
                "url",
                f"{request.url[:80]!r} does not match the batch's endpoint {self._endpoint}",
            )
        try:
            body = _bodies.decode(request.body)
        except UndecodableError:
            return  # the check of the whole request says it better
        if body.stream:
            raise _LineFaultError(INVALID, "body.stream", "Streaming is not supported in batches.")
        if len(self.models) < 2:  # noqa: PLR2004 - more than one is all that is asked
            self.models.add(body.model)

    def _code_of(self, bad: BadRequest) -> str:
        if bad.index in self._codes:
            return self._codes[bad.index]
        return DUPLICATE if bad.field == "custom_id" else INVALID

    def _param_of(self, bad: BadRequest) -> str | None:
        if bad.index in self._codes or bad.field == "custom_id":
            return bad.field or None
        return f"body.{bad.field}".rstrip(".")


def _decode(line: bytes) -> _Line:
    try:
        return _lines.decode(line)
    except UndecodableError as error:
        if not error.field:
            message = f"This line is not parseable as valid JSON: {error.message}"
            raise _LineFaultError(INVALID_JSON, "", message) from None
        code = MISSING if error.message == "Field required" else INVALID
        raise _LineFaultError(code, error.field, error.message) from None


def _text(body: msgspec.Raw) -> str:
    try:
        return text_of(body)
    except UndecodableError as error:
        raise _LineFaultError(INVALID_JSON, "body", error.message) from None


def _custom_id(line: bytes) -> str | None:
    try:
        return _names.decode(line).custom_id
    except UndecodableError:
        return None
