"""Reading decoded JSON field by field, with every wrong type reported under its exact path."""

from typing import cast

from claude.report import Report

Fields = dict[str, object]

LARGEST_INTEGER = 2**31 - 1
"""No count in these formats comes near it; what is larger would only break those who store it."""


class Reader:
    """One JSON object; a field that is null reads like one that is absent."""

    def __init__(self, fields: Fields, path: str, report: Report) -> None:
        self.fields = fields
        self.path = path
        self.report = report

    def path_of(self, key: str | int) -> str:
        """Name a field of this object, as `messages.0.role`."""
        return f"{self.path}.{key}" if self.path else str(key)

    def refuse(self, key: str, reason: str) -> None:
        """Report one field of this object."""
        self.report.refuse(self.path_of(key), reason)

    def adapt(self, key: str, reason: str, *, deed: str = "was left out") -> None:
        """Note a field of this object that the model does not take, and what was done about it."""
        self.report.adapt(self.path_of(key), reason, deed=deed)

    def has(self, key: str) -> bool:
        """Whether the field is there and not null."""
        return self.fields.get(key) is not None

    def text(self, key: str) -> str | None:
        """Read a string."""
        value = self.fields.get(key)
        if value is None or isinstance(value, str):
            return value
        self._wrong(key, "a string", value)
        return None

    def required_text(self, key: str) -> str | None:
        """Read a string that must be there and must not be blank."""
        value = self.text(key)
        if value is None and not self.has(key):
            self.refuse(key, "is missing")
        elif value is not None and not value.strip():
            self.refuse(key, "must not be empty")
            return None
        return value

    def flag(self, key: str) -> bool | None:
        """Read true or false."""
        value = self.fields.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._wrong(key, "true or false", value)
        return None

    def count(self, key: str, *, least: int = 1) -> int | None:
        """Read a whole number of at least `least`."""
        value = self.fields.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(key, "a whole number", value)
            return None
        if not least <= value <= LARGEST_INTEGER:
            self.refuse(key, f"must be at least {least} and at most {LARGEST_INTEGER}")
            return None
        return value

    def number(self, key: str) -> float | None:
        """Read a number."""
        value = self.fields.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong(key, "a number", value)
            return None
        return value

    def items(self, key: str) -> list[object] | None:
        """Read a list."""
        value = self.fields.get(key)
        if value is None:
            return None
        if isinstance(value, list):
            return cast("list[object]", value)
        self._wrong(key, "a list", value)
        return None

    def child(self, key: str) -> "Reader | None":
        """Read an object."""
        value = self.fields.get(key)
        if value is None:
            return None
        if isinstance(value, dict):
            return Reader(cast("Fields", value), self.path_of(key), self.report)
        self._wrong(key, "an object", value)
        return None

    def children(self, key: str) -> "list[Reader] | None":
        """Read a list of objects; an item that is none is reported and left out."""
        values = self.items(key)
        if values is None:
            return None
        readers = []
        for index, value in enumerate(values):
            path = f"{self.path_of(key)}.{index}"
            if isinstance(value, dict):
                readers.append(Reader(cast("Fields", value), path, self.report))
            else:
                self.report.refuse(path, f"must be an object, not {kind(value)}")
        return readers

    def _wrong(self, key: str, wanted: str, value: object) -> None:
        self.refuse(key, f"must be {wanted}, not {kind(value)}")


def kind(value: object) -> str:
    """Say what a person calls a JSON value of this type."""
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else "an object"
