"""A multipart upload taken apart as it arrives: small fields are kept, the file is handed on in pieces."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from multipart import MultipartError, MultipartSegment, PushMultipartParser

from api.connection import HttpRequest
from api.errors import MalformedRequestError, UnsupportedBodyError
from api.openai.errors import ParameterError

FORM = "multipart/form-data"
FILE_FIELD = "file"
MOST_FIELDS = 10
MOST_FIELD_BYTES = 1024
LONGEST_NAME = 255
UNNAMED = "upload"

TakePiece = Callable[[bytes], Awaitable[None]]


@dataclass(slots=True)
class Form:
    """What came beside the file's content."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str | None = None
    """None until there is a file."""


def boundary_of(request: HttpRequest) -> str:
    """Return the boundary between the form's fields; raises `UnsupportedBodyError` where it is no form."""
    declared, parameters = request.content_type
    boundary = parameters.get("boundary", "").strip('"')
    if declared != FORM or not boundary:
        raise UnsupportedBodyError(f"content-type must be {FORM} with a boundary")
    return boundary


class FormReader:
    """Takes the body of a form piece by piece; nothing of the file is kept here."""

    def __init__(self, boundary: str, take_piece: TakePiece) -> None:
        try:
            self._parser: Any = PushMultipartParser(boundary, max_segment_count=MOST_FIELDS)
        except MultipartError as error:
            raise MalformedRequestError(f"the form's boundary cannot be used: {error}") from None
        self._take_piece = take_piece
        self._segment: MultipartSegment | None = None
        self._value = bytearray()
        self.form = Form()

    async def feed(self, piece: bytes) -> None:
        """Take the next piece of the body, an empty one for its end; raises `MalformedRequestError`."""
        if self._parser.closed:
            return  # what follows the last boundary is of no interest
        try:
            events = list(self._parser.parse(piece))
        except (MultipartError, UnicodeError) as error:
            raise MalformedRequestError(f"the form cannot be read: {error}") from None
        for event in events:
            if isinstance(event, MultipartSegment):
                self._begin(event)
            elif event is None:
                self._end()
            elif self._is_file():
                await self._take_piece(bytes(event))
            else:
                self._grow(bytes(event))

    def _begin(self, segment: MultipartSegment) -> None:
        self._segment = segment
        self._value.clear()
        if not self._is_file():
            return
        if self.form.file_name is not None:
            raise ParameterError(FILE_FIELD, "file: one file at a time")
        self.form.file_name = _printable(segment.filename or "")

    def _grow(self, piece: bytes) -> None:
        self._value += piece
        if len(self._value) > MOST_FIELD_BYTES:
            raise MalformedRequestError(f"a field of the form is longer than {MOST_FIELD_BYTES} bytes")

    def _end(self) -> None:
        if self._segment is not None and not self._is_file():
            self.form.fields[str(self._segment.name)] = self._value.decode(errors="replace")

    def _is_file(self) -> bool:
        return self._segment is not None and self._segment.name == FILE_FIELD


def _printable(name: str) -> str:
    return "".join(character for character in name if character.isprintable())[:LONGEST_NAME] or UNNAMED
