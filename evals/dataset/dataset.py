"""The items that an evaluation asks about, each with the line it stands on."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.definition.definition import canonical_hash
from evals.errors import DatasetError

Fields = dict[str, Any]
LONGEST_ID = 256  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to ask about."""

    id: str
    fields: Fields
    line: int | None
    """Where it stands in its file."""
    digest: str
    """Of the fields: two runs are compared only on items that did not change in between."""
    sample: Fields | None = None
    """The answer to grade, where the dataset brings it along (OpenAI's `sample`)."""

    def group(self, path: str | None) -> str | None:
        """Return the item's value at a dotted path, as text; None where it has none."""
        value: object = self.fields
        for step in path.split(".") if path else []:
            value = value.get(step) if isinstance(value, Mapping) else None
        return None if path is None or value is None else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Items in order, under the hash of them all."""

    name: str
    items: Sequence[Item]
    kind: str = "plain"
    """`inspect` or `promptfoo` where it was recognised as theirs."""
    hash: str = field(default="")

    def taken(self, limit: int | None, seed: int | None) -> "Dataset":
        """Return the first `limit` items, or with a seed a sample of that size in the dataset's order.

        A larger limit under the same seed holds the smaller sample, so that runs can be compared on it.
        """
        if limit is None or limit >= len(self.items):
            return self
        if seed is None:
            return dataset_of(self.name, self.items[:limit], kind=self.kind)
        order = sorted(range(len(self.items)), key=_drawn(seed, len(self.items)).__getitem__)
        places = sorted(order[:limit])
        return dataset_of(self.name, [self.items[place] for place in places], kind=self.kind)

    def error(self, item: Item, message: str) -> DatasetError:
        """Make the error for one item."""
        where = "" if item.line is not None else f"item {item.id!r}"
        return DatasetError(message, file=self.name, line=item.line, path=where)


def _drawn(seed: int, count: int) -> list[float]:
    numbers = random.Random(seed)  # noqa: S311 - a sample that can be drawn again, not a secret
    return [numbers.random() for _ in range(count)]


def dataset_of(name: str, items: Sequence[Item], *, kind: str = "plain") -> Dataset:
    """Put items together; raises DatasetError where there are none."""
    if not items:
        raise DatasetError("is empty: it must hold at least one item", file=name)
    return Dataset(
        name=name, items=items, kind=kind, hash=canonical_hash([[item.id, item.digest] for item in items])
    )


def items_of(rows: Sequence[tuple[int | None, Fields]], *, name: str, id_field: str) -> list[Item]:
    """Name the items; raises DatasetError for an id that is no name or stands twice."""
    items: list[Item] = []
    line_by_id: dict[str, int | None] = {}
    for count, (line, row) in enumerate(rows, start=1):
        fields, sample = _unwrapped(row)
        item_id = _id(fields.get(id_field), count, name=name, line=line, path=id_field)
        if item_id in line_by_id:
            first = line_by_id[item_id]
            where = f"that of line {first} already" if first else "there twice"
            raise DatasetError(f"the id {item_id!r} is {where}", file=name, line=line, path=id_field)
        line_by_id[item_id] = line
        digest = canonical_hash([fields, sample] if sample is not None else fields)[:16]
        items.append(Item(id=item_id, fields=fields, line=line, digest=digest, sample=sample))
    return items


def _unwrapped(row: Fields) -> tuple[Fields, Fields | None]:
    """Take OpenAI's rows, `{"item": {...}, "sample": {...}}`, apart."""
    if isinstance(row.get("item"), dict) and row.keys() <= {"item", "sample"}:
        sample = row.get("sample")
        return row["item"], sample if isinstance(sample, dict) else None
    return row, None


def _id(value: object, count: int, *, name: str, line: int | None, path: str) -> str:
    if value is None or value == "":
        return str(count)
    text = str(value)
    if not isinstance(value, str | int) or not text.isprintable() or len(text) > LONGEST_ID:
        raise DatasetError(
            f"an id must be a number, or 1 to {LONGEST_ID} printable characters",
            file=name,
            line=line,
            path=path,
        )
    return text
