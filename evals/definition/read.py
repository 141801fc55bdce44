"""Reads a definition: from text to a checked `Definition`, or one message with the line and the path."""

import difflib
import re
from collections.abc import Iterable
from enum import EnumMeta
from typing import Any

import msgspec

from evals.definition.check import problems
from evals.definition.definition import DatasetSource, Definition
from evals.definition.document import Document, read_document
from evals.definition.graders import GRADER_TYPES, Message
from evals.errors import DefinitionError

_AT = re.compile(r"^(?P<message>.*?)(?: - at `(?:key in )?\$\.?(?P<path>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.+)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.+)`")
_INVALID = re.compile(r"Invalid (?:enum )?value '?(.*?)'?$", re.DOTALL)
_WRONG_KIND = re.compile(r"Expected `(.+)`, got `(.+)`")
_KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


def load_definition(text: str, name: str) -> Definition:
    """Read a definition from a YAML or JSON file's text; raises DefinitionError."""
    return definition_of(read_document(text, name))


def definition_from(value: dict[str, Any], name: str) -> Definition:
    """Check a definition that was put together elsewhere, as from flags; raises DefinitionError."""
    return definition_of(Document(name=name, text="", value=value))


def definition_of(document: Document) -> Definition:
    """Check what a document says; raises DefinitionError."""
    if not isinstance(document.value, dict):
        raise document.error("", "a definition is an object with name, model, dataset and graders")
    try:
        definition = msgspec.convert(document.value, Definition, strict=True)
    except msgspec.ValidationError as error:
        raise _explained(document, str(error)) from None
    except RecursionError:
        raise document.error("", "nested too deep") from None
    for path, message in problems(definition):
        raise document.error(path, message)
    return definition


def _explained(document: Document, text: str) -> DefinitionError:
    """Say in our own words what msgspec found; it stops at the first thing that is wrong."""
    found = _AT.match(text)
    message, path = (found["message"], found["path"] or "") if found else (text, "")
    if missing := _MISSING.match(message):
        return document.error(_joined(path, missing[1]), "is missing")
    if unknown := _UNKNOWN.match(message):
        hint = _did_you_mean(unknown[1], _fields_at(document.value, path))
        return document.error(_joined(path, unknown[1]), f"there is no such field{hint}")
    if (invalid := _INVALID.match(message)) and path.endswith("type") and "graders" in path:
        hint = _did_you_mean(invalid[1], GRADER_TYPES) or f", there are {', '.join(sorted(GRADER_TYPES))}"
        return document.error(path, f"unknown grader {invalid[1]!r}{hint}")
    if invalid and (choices := _choices_at(path)):
        hint = _did_you_mean(invalid[1], choices) or f", must be one of {', '.join(choices)}"
        return document.error(path, f"unknown value {invalid[1]!r}{hint}")
    if wrong := _WRONG_KIND.match(message):
        return document.error(path, f"must be {_kinds(wrong[1])}, not {_kinds(wrong[2])}")
    return document.error(path, message)


def _joined(path: str, field: str) -> str:
    return f"{path}.{field}" if path else field


def _kinds(names: str) -> str:
    return " or ".join(_KINDS.get(name.strip(), name.strip()) for name in names.split("|"))


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {near[0]!r}?" if near else ""


def _fields_at(value: object, path: str) -> Iterable[str]:
    for step in re.findall(r"\[\d+\]|[^.\[\]]+", path):
        if step.startswith("[") and isinstance(value, list):
            value = value[int(step[1:-1])]
        elif isinstance(value, dict):
            value = value.get(step)
    if not path:
        return Definition.__struct_encode_fields__
    if isinstance(value, dict) and value.get("type") in GRADER_TYPES:
        return GRADER_TYPES[value["type"]].__struct_encode_fields__
    struct = DatasetSource if path == "dataset" else Message
    return struct.__struct_encode_fields__


def _choices_at(path: str) -> list[str]:
    """Return the words that a field takes, for fields that take one of a few."""
    field = path.rpartition(".")[2]
    structs: list[type[msgspec.Struct]] = [Definition, DatasetSource, *GRADER_TYPES.values()]
    for struct in structs:
        for known in msgspec.structs.fields(struct):
            if known.encode_name == field and isinstance(known.type, EnumMeta):
                return [name.lower() for name in known.type.__members__]
    return []
