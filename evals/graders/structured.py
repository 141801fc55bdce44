"""Graders for answers in JSON: `json_schema`, `json_fields`."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import jsonschema
import msgspec
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.exceptions import Unresolvable

from evals.definition.graders import JsonFields, JsonSchema
from evals.errors import GraderError
from evals.graders.exam import Exam, Mark
from evals.graders.text import searched, verdict
from evals.rendering import JsonObject, JsonValue, filled

_FENCED = re.compile(r"\A```(?:json)?[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_NOT_THERE = object()


class _Descending(Protocol):
    """The part of a validator that jsonschema's own protocol leaves out."""

    def descend(
        self, instance: object, schema: JsonObject, path: str, schema_path: str
    ) -> Iterator[jsonschema.ValidationError]: ...


def grade_json_schema(told: JsonSchema, exam: Exam) -> Mark:
    """Judge whether the answer is JSON that the schema takes."""
    try:
        value = json_in(exam.filled(told.output))
    except ValueError as error:
        return verdict(is_good=False, why=str(error))
    try:
        errors = sorted(
            _Validator(told.schema, registry=Registry()).iter_errors(value), key=lambda one: one.path
        )
    except (Unresolvable, RecursionError) as error:
        raise GraderError(f"the schema cannot be applied: {error}") from None
    if not errors:
        return verdict(is_good=True, why="the schema takes it")
    place = errors[0].json_path.removeprefix("$").removeprefix(".")
    return verdict(is_good=False, why=f"{place}: {errors[0].message}".removeprefix(": "))


def grade_json_fields(told: JsonFields, exam: Exam) -> Mark:
    """Score the share of fields that have their value; raises GraderError where a template misses one."""
    try:
        value = json_in(exam.filled(told.output))
    except ValueError as error:
        return verdict(is_good=False, why=str(error))
    wrong = [
        path for path, wanted in told.fields.items() if not _same(_at(value, path), _wanted(wanted, exam))
    ]
    share = 1 - len(wrong) / len(told.fields)
    why = f"wrong or missing: {', '.join(wrong)}" if wrong else "all fields are as wanted"
    return Mark(value=share, passed=not wrong, explanation=why)


def json_in(text: str) -> JsonValue:
    """Return the JSON that an answer consists of, fenced or bare; raises ValueError."""
    text = text.strip()
    if fenced := _FENCED.match(text):
        text = fenced[1]
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise ValueError(f"the answer is not JSON: {error}") from None


def _wanted(value: object, exam: Exam) -> object:
    return exam.filled(value) if isinstance(value, str) else filled(value, exam.values)


def _at(value: object, path: str) -> object:
    for index, key in _STEP.findall(path):
        if index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        elif key and isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            return _NOT_THERE
    return value


def _same(value: object, wanted: object) -> bool:
    """Compare values; a template makes text, so that text is compared with what else is written alike."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted or (isinstance(wanted, str) and wanted == str(value).lower())
    if isinstance(wanted, str) and isinstance(value, int | float):
        return wanted.strip() == str(value)
    return value == wanted


def _pattern(_: Validator, pattern: str, value: object, __: object) -> Iterator[jsonschema.ValidationError]:
    if isinstance(value, str) and searched(pattern, value) is None:
        yield jsonschema.ValidationError(f"{value!r} does not match {pattern!r}")


def _pattern_properties(
    validator: _Descending, patterns: Mapping[str, JsonObject], value: JsonValue, _: object
) -> Iterator[jsonschema.ValidationError]:
    for pattern, schema in patterns.items() if isinstance(value, dict) else ():
        for name, part in value.items():
            if searched(pattern, name) is not None:
                yield from validator.descend(part, schema, path=name, schema_path=pattern)


_extend: Callable[..., type[Validator]] = jsonschema.validators.extend
_Validator = _extend(
    jsonschema.Draft202012Validator, {"pattern": _pattern, "patternProperties": _pattern_properties}
)
"""Patterns bounded in time; and with an empty registry, no schema is ever fetched."""
