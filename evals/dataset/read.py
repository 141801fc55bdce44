"""Reads a dataset's text: JSONL, JSON or CSV, in our own layout, Inspect's or promptfoo's."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import msgspec

from evals.dataset.dataset import Dataset, Fields, dataset_of, items_of
from evals.definition.definition import DatasetFormat
from evals.errors import DatasetError

Row = tuple[int | None, Fields]
EXPECTED = "__expected"
_JSON_ENDINGS = {".jsonl": DatasetFormat.JSONL, ".ndjson": DatasetFormat.JSONL, ".json": DatasetFormat.JSON}
_TABLE_ENDINGS = {".csv": ",", ".tsv": "\t"}
_decode = msgspec.json.Decoder().decode


def read_dataset(
    text: str, name: str, *, dataset_format: DatasetFormat = DatasetFormat.AUTO, id_field: str = "id"
) -> Dataset:
    """Read a file's text; `name` tells the format where none is given. Raises DatasetError."""
    text = text.removeprefix("\ufeff")
    rows = list(_rows(text, name, dataset_format))
    kind = _kind(rows, dataset_format)
    if kind == DatasetFormat.INSPECT:
        rows = [(line, _inspected(fields)) for line, fields in rows]
    return dataset_of(name, items_of(rows, name=name, id_field=id_field), kind=kind)


def inline_dataset(rows: list[Fields], name: str, lines: Sequence[int] = ()) -> Dataset:
    """Take the items that stand in the definition itself, on `lines` if it has any; raises DatasetError."""
    placed = list(zip_longest(lines[: len(rows)], rows))
    return dataset_of(name, items_of(placed, name=name, id_field="id"))


def _rows(text: str, name: str, dataset_format: DatasetFormat) -> Iterator[Row]:
    ending = name[name.rfind(".") :].lower() if "." in name else ""
    container = _JSON_ENDINGS.get(ending, dataset_format)
    if dataset_format in {DatasetFormat.JSONL, DatasetFormat.JSON, DatasetFormat.CSV}:
        container = dataset_format
    if container is DatasetFormat.JSON:
        return _documents(text, name)
    if container is DatasetFormat.JSONL:
        return _lines(text, name)
    if ending not in _TABLE_ENDINGS and text.lstrip()[:1] in {"{", "["}:
        return _lines(text, name) if text.lstrip()[:1] == "{" else _documents(text, name)
    return _table(text, name, _TABLE_ENDINGS.get(ending, ","))


def _lines(text: str, name: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                value = _decode(line)
            except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
                raise DatasetError(f"not JSON: {error}", file=name, line=number) from None
            yield number, _object(value, name, number)


def _documents(text: str, name: str) -> Iterator[Row]:
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise DatasetError(f"not JSON: {error.msg}", file=name, line=error.lineno) from None
    except RecursionError:
        raise DatasetError("nested too deep", file=name) from None
    if not isinstance(values, list):
        raise DatasetError("must be a list of objects", file=name)
    for value in values:
        yield None, _object(value, name, None)


def _object(value: object, name: str, line: int | None) -> Fields:
    if not isinstance(value, dict):
        raise DatasetError("an item must be an object with fields", file=name, line=line)
    return value


def _table(text: str, name: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not header:
                header = _header([cell.strip() for cell in cells], name, reader.line_num)
            elif any(cells):
                if len(cells) != len(header):
                    message = f"has {len(cells)} cells under {len(header)} columns"
                    raise DatasetError(message, file=name, line=line)
                yield line, dict(zip(header, cells, strict=True))
            line = reader.line_num + 1
    except csv.Error as error:
        raise DatasetError(f"not CSV: {error}", file=name, line=reader.line_num) from None


def _header(names: list[str], name: str, line: int) -> list[str]:
    twice = [column for column in names if names.count(column) > 1]
    if twice or not all(names):
        message = f"the column {twice[0]!r} is there twice" if twice and twice[0] else "a column has no name"
        raise DatasetError(message, file=name, line=line)
    return names


def _kind(rows: list[Row], dataset_format: DatasetFormat) -> str:
    columns = rows[0][1].keys() if rows else ()
    if dataset_format is DatasetFormat.PROMPTFOO or any(str(name).startswith(EXPECTED) for name in columns):
        return DatasetFormat.PROMPTFOO
    if dataset_format is DatasetFormat.INSPECT or {"input", "target"} <= set(columns):
        return DatasetFormat.INSPECT
    return "plain"


def _inspected(fields: Fields) -> Fields:
    """Read what Inspect's CSV holds as JSON in its cells: metadata, and lists of targets or choices."""
    return {name: _cell(name, value) for name, value in fields.items()}


def _cell(name: str, value: object) -> object:
    opening = {"metadata": "{", "target": "[", "choices": "[", "input": "["}.get(name)
    if opening is None or not isinstance(value, str) or not value.lstrip().startswith(opening):
        return value
    try:
        return _decode(value)
    except msgspec.MsgspecError:
        return value
