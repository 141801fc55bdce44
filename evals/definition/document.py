"""A YAML or JSON file as plain values, and the line on which each of them stands."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from evals.definition.core_yaml import CoreLoader, load_yaml
from evals.errors import DefinitionError

LARGEST_YAML = 2_000_000
"""Characters; YAML is slow to read, and what is larger belongs into a dataset."""
DEEPEST = 100  # brackets within brackets

_BRACKETS = re.compile(r"[\[\]{}]")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a file says, before anyone judged it."""

    name: str
    """The file as the user named it."""
    text: str
    value: object

    def error(self, path: str, message: str) -> DefinitionError:
        """Make the error for the value at `path`, as `graders[0].type`."""
        return DefinitionError(message, file=self.name, line=self.line(path), path=path)

    def line(self, path: str) -> int | None:
        """Return the line of the value at `path`, or of the nearest that is there; None without a text."""
        found = self._find(path)
        return None if found is None else found[0]

    def lines(self, path: str) -> list[int]:
        """Return the lines of the parts of the list at `path`; none without a text."""
        found = self._find(path)
        parts = found[1] if found is not None else None
        return (
            [part.start_mark.line + 1 for part in parts.value] if isinstance(parts, yaml.SequenceNode) else []
        )

    def _find(self, path: str) -> tuple[int, yaml.Node | None] | None:
        if not self.text or len(self.text) > LARGEST_YAML:
            return None
        node = yaml.compose(_without_tabs(self.text), CoreLoader)
        line = 1
        for step in _STEP.finditer(path):
            found = _step(node, step)
            if found is None:
                break
            line, node = found
        return line, node


def _step(node: yaml.Node | None, step: re.Match[str]) -> tuple[int, yaml.Node] | None:
    index, key = step.groups()
    if isinstance(node, yaml.SequenceNode) and index is not None and int(index) < len(node.value):
        child = node.value[int(index)]
        return child.start_mark.line + 1, child
    if isinstance(node, yaml.MappingNode) and key is not None:
        for name, child in node.value:
            if name.value == key:
                return name.start_mark.line + 1, child
    return None


def read_document(text: str, name: str) -> Document:
    """Read a file's text, as JSON where it begins like that or its name says so; raises DefinitionError."""
    if _depth(text) > DEEPEST:
        raise DefinitionError("nested too deep", file=name)
    try:
        value = _json(text) if _is_json(text, name) else _yaml(text)
    except json.JSONDecodeError as error:
        raise DefinitionError(f"not JSON: {error.msg}", file=name, line=error.lineno) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise DefinitionError(f"not YAML: {error.problem}", file=name, line=line) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DefinitionError("not YAML: a character that no text has", file=name, line=line) from None
    except (yaml.YAMLError, ValueError) as error:
        raise DefinitionError(str(error), file=name) from None
    except RecursionError:
        raise DefinitionError("nested too deep", file=name) from None
    return Document(name=name, text=text, value=value)


def _is_json(text: str, name: str) -> bool:
    return name.lower().endswith(".json") or text.lstrip("\ufeff \t\r\n").startswith("{")


def _depth(text: str) -> int:
    """Return how deep brackets are nested, wherever they stand; the readers take long to find out."""
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(text):
        depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def _yaml(text: str) -> object:
    if len(text) > LARGEST_YAML:
        raise ValueError(f"YAML of more than {LARGEST_YAML:,} characters: put the items into a dataset file")
    return load_yaml(text)


def _json(text: str) -> object:
    return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=_object, parse_constant=_refuse_constant)


def _object(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands in one object twice")
    return found


def _refuse_constant(word: str) -> object:
    raise ValueError(f"{word} is no JSON number")


def _without_tabs(text: str) -> str:
    """YAML is a superset of JSON but for tabs, which JSON can only hold between its values."""
    return text.replace("\t", " ")
