import pytest

from claude.chat.schema import supported_schema


def test_objects_are_closed_at_every_depth():
    inner = {"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": True}
    schema = supported_schema({"type": "object", "properties": {"a": {"type": "array", "items": inner}}})
    assert schema["additionalProperties"] is False
    assert schema["properties"]["a"]["items"]["additionalProperties"] is False


def test_constraints_move_into_the_description():
    schema = supported_schema({"type": "integer", "minimum": 1, "maximum": 9, "description": "A digit"})
    assert schema == {"type": "integer", "description": "A digit\n\n{minimum: 1, maximum: 9}"}


def test_one_of_becomes_any_of_and_definitions_are_kept():
    schema = {"oneOf": [{"$ref": "#/$defs/A"}, {"type": "null"}], "$defs": {"A": {"type": "object"}}}
    assert supported_schema(schema) == {
        "anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}],
        "$defs": {"A": {"type": "object", "additionalProperties": False}},
    }


@pytest.mark.parametrize(
    ("schema", "kept"),
    [
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "phone"}, {"type": "string", "description": "{format: phone}"}),
        ({"type": "array", "minItems": 1}, {"type": "array", "minItems": 1}),
        ({"type": "array", "minItems": 2}, {"type": "array", "description": "{minItems: 2}"}),
        ({"$schema": "x", "enum": ["a", 1], "default": "a"}, {"enum": ["a", 1]}),
        (True, True),
    ],
)
def test_what_is_supported_is_kept(schema, kept):
    assert supported_schema(schema) == kept


def test_the_callers_schema_is_not_changed():
    schema = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}
    supported_schema(schema)
    assert schema == {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}
