"""Whether a JSON schema asked for as output format is one that the API supports."""

from collections.abc import Iterator

from sandbox.checks import Body
from sandbox.errors import invalid

Schema = dict[str, object]
WHERE = "output_config.format.schema"
UNSUPPORTED = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "maxItems",
)  # fmt: skip


def check_format(body: Body) -> None:
    """Raise `ApiError` for an output format that is unknown, or a schema that is too loose or too strict."""
    config = body.get("output_config")
    wanted = config.get("format") if isinstance(config, dict) else None
    if wanted is None:
        return
    if not isinstance(wanted, dict) or wanted.get("type") != "json_schema":
        raise invalid("output_config.format.type: Input should be 'json_schema'")
    if not isinstance(wanted.get("schema"), dict):
        raise invalid(f"{WHERE}: Field required")
    for schema in _schemas(wanted["schema"]):
        _check_schema(schema)


def _check_schema(schema: Schema) -> None:
    kind = schema.get("type")
    if kind == "object" and schema.get("additionalProperties") is not False:
        raise invalid(f"{WHERE}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    if found := [name for name in UNSUPPORTED if name in schema]:
        raise invalid(f"{WHERE}: For '{kind}' type, properties {', '.join(found)} are not supported")
    reference = schema.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#"):
        raise invalid(f"{WHERE}: external `$ref` is not supported: {reference}")


def _schemas(schema: object) -> Iterator[Schema]:
    if not isinstance(schema, dict):
        return
    yield schema
    for name in ("properties", "$defs", "definitions"):
        inner = schema.get(name)
        for part in inner.values() if isinstance(inner, dict) else ():
            yield from _schemas(part)
    for name in ("anyOf", "oneOf", "allOf"):
        options = schema.get(name)
        for part in options if isinstance(options, list) else ():
            yield from _schemas(part)
    yield from _schemas(schema.get("items"))
