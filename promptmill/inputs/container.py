"""Recognises how an input holds its rows, from its first line."""

import csv
import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from promptmill.errors import InputError
from promptmill.inputs.source import Source

PROMPT_FIELDS = ("prompt", "question", "input", "text")
TABLE_SUFFIXES = (".csv", ".tsv")
DELIMITERS = (",", "\t", ";")
COLUMN_NAME = re.compile(r"[\w.-]+")
JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


class InputFormat(StrEnum):
    """What `--format` takes."""

    AUTO = "auto"
    OPENAI = "openai"
    """OpenAI batch lines: `custom_id` and `body`."""
    ANTHROPIC = "anthropic"
    """Anthropic batch requests: one object with `requests`, or lines of `custom_id` and `params`."""
    JSONL = "jsonl"
    """JSON objects, one a line, with a prompt or with `messages`."""
    CSV = "csv"
    """A table with a header and a column of prompts."""
    TEXT = "text"
    """One prompt a line."""


class Container(StrEnum):
    """How the rows lie in the file."""

    LINES = "lines"
    """One JSON object a line."""
    DOCUMENT = "document"
    """One JSON document: an array of objects, or an object with `requests`."""
    TABLE = "table"
    TEXT = "text"


def container_of(source: Source, input_format: InputFormat, prompt_field: str | None) -> Container:
    """Return how `source` holds its rows, given the format that the user named, if any.

    Raises `InputError` for a prompt field in plain text: that would be a table whose header is a prompt.
    """
    found = _container_of(source, input_format, prompt_field)
    if found is Container.TEXT and prompt_field is not None:
        raise InputError(
            f"{source.name} is read as plain text, which has no field {prompt_field!r}: "
            f"check --prompt-field, or name the format by --format"
        )
    return found


def _container_of(source: Source, input_format: InputFormat, prompt_field: str | None) -> Container:
    if input_format is InputFormat.TEXT:
        return Container.TEXT
    if input_format is InputFormat.CSV:
        return Container.TABLE
    first = _first_line(source)
    if input_format is InputFormat.AUTO and source.suffix not in JSON_SUFFIXES:
        return _recognised(first, source.suffix, prompt_field)
    return _json_container(first) or Container.LINES


def _recognised(first: bytes, suffix: str, prompt_field: str | None) -> Container:
    if suffix in TABLE_SUFFIXES:
        return Container.TABLE
    if (found := _json_container(first)) is not None:
        return found
    return Container.TABLE if _is_header(first, prompt_field) else Container.TEXT


def delimiter_of(header: str) -> str:
    """Return the character that most likely parts the columns of `header`."""
    return max(DELIMITERS, key=header.count)


def _first_line(source: Source) -> bytes:
    for _, line in source.lines():
        if line.strip():
            return line.strip()
    return b""


def _json_container(first: bytes) -> Container | None:
    """Return how `first` opens a JSON input; None if it does not look like JSON at all."""
    if first.startswith(b"["):
        return Container.DOCUMENT if first[1:].lstrip()[:1] in {b"", b"{", b"]"} else None
    if not first.startswith(b"{"):
        return None
    try:
        fields = _object.decode(first)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # Broken off at a place where pretty-printed JSON breaks its lines, or just broken.
        return Container.DOCUMENT if first.endswith((b"{", b"[", b",")) else Container.LINES
    return Container.DOCUMENT if "requests" in fields else Container.LINES


def _is_header(first: bytes, prompt_field: str | None) -> bool:
    text = first.decode("utf-8", "replace")
    try:
        cells = [cell.strip() for cell in header_cells(text)]
    except csv.Error:
        return False
    if not all(COLUMN_NAME.fullmatch(cell) for cell in cells):
        return False
    if prompt_field is not None:
        return prompt_field in cells
    # A lone word like `text` may well be a prompt; a lone `prompt` is a header.
    known = PROMPT_FIELDS if len(cells) > 1 else PROMPT_FIELDS[:1]
    return any(cell.lower() in known for cell in cells)


def header_cells(header: str) -> Sequence[str]:
    """Return the cells of a table's first line; raises `csv.Error` if it cannot be one."""
    return next(csv.reader([header], delimiter=delimiter_of(header)), [])
