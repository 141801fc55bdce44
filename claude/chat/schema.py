"""JSON schemas as Claude's structured outputs take them, by the rules of Anthropic's own SDKs.

What is not supported (`minimum`, `pattern`, ...) goes into the description, where the model still reads it;
`oneOf` becomes `anyOf`; every object is closed (`additionalProperties: false`).
"""

from typing import cast

from claude.reader import Fields

FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
KEPT = ("$ref", "type", "enum", "const", "title", "description", "required")
GROUPS = ("$defs", "definitions", "properties")
LISTS = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
DROPPED = frozenset({"$schema", "additionalProperties", "default"})
"""Keys that say nothing about an answer, or that are settled here."""


def supported_schema(schema: object) -> object:
    """Return the schema with only what structured outputs take; what is no schema comes back as it is."""
    if not isinstance(schema, dict):
        return schema
    fields = dict(cast("Fields", schema))
    sent: Fields = {key: fields.pop(key) for key in KEPT if key in fields}
    for key in GROUPS:
        group = fields.pop(key, None)
        if isinstance(group, dict):
            sent[key] = {name: supported_schema(member) for name, member in group.items()}
    for key, sent_key in LISTS.items():
        members = fields.pop(key, None)
        if isinstance(members, list):
            sent[sent_key] = [supported_schema(member) for member in members]
    if "items" in fields:
        sent["items"] = supported_schema(fields.pop("items"))
    if fields.get("minItems") in (0, 1):
        sent["minItems"] = fields.pop("minItems")
    if fields.get("format") in FORMATS:
        sent["format"] = fields.pop("format")
    if sent.get("type") == "object" or "properties" in sent:
        sent["additionalProperties"] = False
    return _described(sent, {key: value for key, value in fields.items() if key not in DROPPED})


def _described(sent: Fields, unsupported: Fields) -> Fields:
    if not unsupported:
        return sent
    rest = "{" + ", ".join(f"{key}: {value}" for key, value in unsupported.items()) + "}"
    description = sent.get("description")
    sent["description"] = f"{description}\n\n{rest}" if description else rest
    return sent
