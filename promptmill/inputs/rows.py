"""Reads the rows of an input: plain values with the place they were found at, or the problem met there."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from promptmill.errors import InputError
from promptmill.inputs.container import PROMPT_FIELDS, Container, delimiter_of, header_cells
from promptmill.inputs.source import Source

Fields = dict[str, Any]

csv.field_size_limit(sys.maxsize)  # a prompt may well be longer than the 128 KB that csv allows by itself

_object = msgspec.json.Decoder(Fields)


class _Requests(msgspec.Struct):
    requests: list[msgspec.Raw]


@dataclass(frozen=True, slots=True)
class Row:
    """One prospective job as the file has it."""

    number: int
    """The line, or the position in a document, from 1."""
    fields: Fields


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read."""

    number: int
    message: str


def read_rows(source: Source, container: Container, prompt_field: str | None) -> Iterator[Row | BadRow]:
    """Yield the rows of `source` in their order; in a table, `prompt_field` names the column of prompts.

    Raises `InputError` where the input as a whole is not what it should be.
    """
    match container:
        case Container.LINES:
            return _lines(source)
        case Container.DOCUMENT:
            return _document(source)
        case Container.TABLE:
            return _table(source, prompt_field)
        case Container.TEXT:
            return _text(source)


def unit_of(container: Container) -> str:
    """Return what a row's number counts."""
    return "request" if container is Container.DOCUMENT else "line"


def _lines(source: Source) -> Iterator[Row | BadRow]:
    for number, line in source.lines():
        if line.strip():
            yield _json_row(number, line)


def _document(source: Source) -> Iterator[Row | BadRow]:
    for number, item in enumerate(_items(source), start=1):
        yield _json_row(number, item)


def _items(source: Source) -> list[msgspec.Raw]:
    text = memoryview(source.text)[source.start :]
    try:
        if bytes(text[:4096]).lstrip().startswith(b"["):
            return msgspec.json.decode(text, type=list[msgspec.Raw])
        return msgspec.json.decode(text, type=_Requests).requests
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InputError(f"{source.name} is not a JSON document of requests: {_reason(error)}") from error


def _json_row(number: int, text: bytes | msgspec.Raw) -> Row | BadRow:
    try:
        return Row(number, _object.decode(text))
    except UnicodeDecodeError:
        return BadRow(number, "is not UTF-8")
    except RecursionError:
        return BadRow(number, "is nested too deep")
    except msgspec.ValidationError:
        return BadRow(number, "is JSON, but not an object: write {...}")
    except msgspec.DecodeError as error:
        return BadRow(number, f"is not JSON: {_reason(error)}")


def _table(source: Source, prompt_field: str | None) -> Iterator[Row | BadRow]:
    texts = _TableText(source)
    header = next((text for text in texts if text.strip()), "")
    names = _columns(source.name, header, prompt_field)
    reader = csv.reader(texts, delimiter=delimiter_of(header), strict=True)
    while True:
        start = texts.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(start, f"is not CSV: {error}")
            return
        yield from _table_row(texts, start, names, cells)


def _columns(name: str, header: str, prompt_field: str | None) -> list[str]:
    """Return the names of a table's columns; raises `InputError` if none can be the prompts'."""
    try:
        columns = [cell.strip() for cell in header_cells(header)]
    except csv.Error as error:
        raise InputError(f"the header of {name} is not CSV: {error}") from error
    if twice := [column for column in columns if column and columns.count(column) > 1]:
        raise InputError(f"the header of {name} names {twice[0]!r} twice")
    wanted = (prompt_field,) if prompt_field else PROMPT_FIELDS
    found = columns if prompt_field else [column.lower() for column in columns]
    if header.strip() and not any(column in found for column in wanted):
        raise InputError(
            f"{name} has no column {' or '.join(wanted)}, only {', '.join(columns)}: "
            f"name the column that holds the prompts by --prompt-field"
        )
    return columns


def _table_row(texts: "_TableText", start: int, names: list[str], cells: list[str]) -> Iterator[Row | BadRow]:
    if texts.not_utf8:
        texts.not_utf8 = False
        yield BadRow(start, "is not UTF-8")
    elif len(cells) > len(names):
        yield BadRow(start, f"has {len(cells)} cells, but the header names {len(names)} columns")
    elif any(cell.strip() for cell in cells):
        yield Row(start, {name: cell for name, cell in zip(names, cells, strict=False) if cell.strip()})


class _TableText:
    """The lines of a table as text; a cell may go on over several of them."""

    def __init__(self, source: Source) -> None:
        self._lines = source.lines()
        self.number = 0
        self.not_utf8 = False

    def __iter__(self) -> "_TableText":
        return self

    def __next__(self) -> str:
        self.number, line = next(self._lines)
        try:
            return line.decode() + "\n"
        except UnicodeDecodeError:
            self.not_utf8 = True
            return line.decode("utf-8", "replace") + "\n"


def _text(source: Source) -> Iterator[Row | BadRow]:
    for number, line in source.lines():
        try:
            text = line.decode()
        except UnicodeDecodeError:
            yield BadRow(number, "is not UTF-8")
            continue
        if text.strip():
            yield Row(number, {PROMPT_FIELDS[0]: text})


def _reason(error: Exception) -> str:
    text = str(error).removeprefix("JSON is malformed: ")
    return text[:1].lower() + text[1:]
