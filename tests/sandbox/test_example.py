import pytest

from sandbox.example import example_for


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "format": "date"}, "2026-11-22"),
        ({"enum": ["red", "green"]}, "red"),
        ({"const": 3}, 3),
        ({"type": ["null", "integer"]}, 1),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, True),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"type": "number", "minimum": 5}, 5),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "boolean"}}}, True),
        (
            {"allOf": [{"properties": {"a": {"type": "null"}}}, {"properties": {"b": {"const": 1}}}]},
            {"a": None, "b": 1},
        ),
    ],
)
def test_the_value_fits_its_schema(schema: dict[str, object], expected: object):
    assert example_for(schema) == expected


def test_a_schema_that_contains_itself_comes_to_an_end():
    node: dict[str, object] = {
        "type": "object",
        "properties": {"next": {"$ref": "#"}, "name": {"type": "string"}},
    }
    assert "next" in str(example_for(node))
