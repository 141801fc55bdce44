"""A value that fits a JSON schema: the smallest one that has everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Schema = dict[str, object]
MAX_DEPTH = 12
FORMATS = {
    "date": "2026-11-22",
    "time": "12:00:00Z",
    "date-time": "2026-11-22T12:00:00Z",
    "email": "miller@example.com",
    "uri": "https://example.com/",
    "uuid": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "hostname": "example.com",
    "duration": "PT1S",
}


def example_for(schema: Schema, *, number: float | None = None, text: str = "text") -> object:
    """Return a value that fits; `number` and `text` go wherever a plain number or string may stand."""
    return _Builder(schema, number, text).value(schema, 0)


class _Builder:
    """Walks one schema, following its references."""

    def __init__(self, root: Schema, number: float | None, text: str) -> None:
        self._root = root
        self._number = number
        self._text = text

    def value(self, schema: object, depth: int) -> object:
        if not isinstance(schema, dict) or depth > MAX_DEPTH:
            return {} if schema is True else None
        if "const" in schema:
            return schema["const"]
        if isinstance(choices := schema.get("enum"), list) and choices:
            return choices[0]
        inner = self._inner(schema)
        return self._of_type(schema, depth) if inner is None else self.value(inner, depth + 1)

    def _inner(self, schema: Schema) -> object:
        for name in ("anyOf", "oneOf"):
            if isinstance(options := schema.get(name), list) and options:
                return self._first_solid(options)
        if isinstance(reference := schema.get("$ref"), str):
            return self._referred(reference)
        if isinstance(parts := schema.get("allOf"), list) and parts:
            return self._merged(parts, schema)
        return None

    def _of_type(self, schema: Schema, depth: int) -> object:
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((one for one in kind if one != "null"), "null")
        if kind is None:
            kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
        makers: dict[str, Callable[[], object]] = {
            "object": lambda: self._object(schema, depth),
            "array": lambda: self._array(schema, depth),
            "string": lambda: self._string(schema),
            "integer": lambda: int(self._amount(schema)),
            "number": lambda: self._amount(schema),
            "boolean": lambda: True,
        }
        maker = makers.get(str(kind))
        return maker() if maker is not None else None

    def _object(self, schema: Schema, depth: int) -> object:
        properties = schema.get("properties")
        if not isinstance(properties, dict):
            return {}
        if depth > MAX_DEPTH // 2:
            required = schema.get("required")
            wanted = required if isinstance(required, list) else []
            properties = {name: inner for name, inner in properties.items() if name in wanted}
        return {name: self.value(inner, depth + 1) for name, inner in properties.items()}

    def _array(self, schema: Schema, depth: int) -> object:
        least = schema.get("minItems", 1)
        count = least if isinstance(least, int) else 1
        if depth > MAX_DEPTH // 2 and "minItems" not in schema:
            count = 0
        return [self.value(schema.get("items", {"type": "string"}), depth + 1) for _ in range(max(count, 0))]

    def _string(self, schema: Schema) -> str:
        text = FORMATS.get(str(schema.get("format")), self._text)
        least, most = schema.get("minLength"), schema.get("maxLength")
        if isinstance(least, int):
            text = text.ljust(least, "x")
        return text[:most] if isinstance(most, int) else text

    def _amount(self, schema: Schema) -> float:
        amount: float = 1 if self._number is None else self._number
        lowest, highest = schema.get("minimum"), schema.get("maximum")
        if isinstance(lowest, int | float):
            amount = max(amount, lowest)
        return min(amount, highest) if isinstance(highest, int | float) else amount

    @staticmethod
    def _first_solid(options: list[object]) -> object:
        solid = (one for one in options if not (isinstance(one, dict) and one.get("type") == "null"))
        return next(solid, options[0])

    def _referred(self, reference: str) -> object:
        found: object = self._root
        for part in reference.removeprefix("#").strip("/").split("/"):
            if part:
                found = found.get(part) if isinstance(found, dict) else None
        return found

    def _merged(self, parts: list[object], schema: Schema) -> Schema:
        merged: Schema = {name: value for name, value in schema.items() if name != "allOf"}
        properties: Schema = {}
        for part in (*parts, schema):
            solid = self._referred(str(part["$ref"])) if isinstance(part, dict) and "$ref" in part else part
            if isinstance(solid, dict):
                merged |= {name: value for name, value in solid.items() if name != "allOf"}
                inner = solid.get("properties")
                properties |= inner if isinstance(inner, dict) else {}
        return merged | ({"properties": properties} if properties else {})
