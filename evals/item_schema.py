"""JSON Schemas that somebody hands in: whether they are any, and what does not fit them.

The library is loaded here, at the first schema: every command and every process would pay 0.05 s for it.
"""

from collections.abc import Callable
from typing import Any

JsonObject = dict[str, Any]
JsonValue = Any


def schema_problem(schema: JsonObject) -> str | None:
    """Return why this is no JSON Schema, if it is none."""
    import jsonschema  # noqa: PLC0415 - as said above

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        return str(error.message)
    return None


def misfit_finder(schema: JsonObject) -> Callable[[JsonValue], str | None]:
    """Return a function that says why a value does not fit a sound schema, if it does not."""
    import jsonschema  # noqa: PLC0415 - as said above
    from referencing import Registry  # noqa: PLC0415 - as said above

    validator = jsonschema.Draft202012Validator(schema, registry=Registry())

    def misfit(value: JsonValue) -> str | None:
        return next((error.message for error in validator.iter_errors(value)), None)

    return misfit
