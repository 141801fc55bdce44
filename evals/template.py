"""Templates: `{{ item.field }}` and `{{ sample.output_text }}`; nothing in them takes long or leads out.

A template sees what it is given and can neither call, nor multiply, nor define anything; its loops and its
output are counted. Jinja2's own sandbox alone would still let a template fill the memory.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.runtime import Undefined
from jinja2.sandbox import SandboxedEnvironment

from evals.errors import TemplateError

LONGEST_TEMPLATE = 200_000  # characters
LONGEST_OUTPUT = 4_000_000  # characters
MOST_ROUNDS = 100_000
"""Rounds of all loops of one rendering together."""

Value = Any
"""What a template may come upon: JSON's values."""

_BUDGET = "budget of rounds"  # no name that a template could spell
_COUNTED = "_counted"
_NODES = frozenset({
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Slice,
    nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Filter, nodes.Test, nodes.If,
    nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos,
    nodes.Add, nodes.Sub, nodes.For, nodes.Call, nodes.Keyword,
})  # fmt: skip
_METHODS = frozenset({
    "split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize",
    "startswith", "endswith", "removeprefix", "removesuffix", "get", "keys", "values", "items",
})  # fmt: skip
_FILTERS = frozenset({
    "abs", "capitalize", "d", "default", "first", "float", "int", "items", "last", "length", "list",
    "lower", "max", "min", "reverse", "round", "sort", "string", "sum", "title", "trim", "unique", "upper",
    "wordcount",
})  # fmt: skip
_TESTS = frozenset({
    "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "true", "false",
    "mapping", "sequence", "iterable", "in", "eq", "==", "ne", "!=", "lt", "<", "le", "<=", "gt", ">", "ge",
    ">=", "even", "odd",
})  # fmt: skip


class Template:
    """A template that was read and may be filled in as often as one likes."""

    def __init__(self, source: str, tree: nodes.Template) -> None:
        self.source = source
        self.item_fields = frozenset(_needed_fields(tree))
        """Fields without which an item cannot fill it in."""
        self.uses_sample = any(name.name == "sample" for name in tree.find_all(nodes.Name))
        self._is_plain = all(isinstance(node, nodes.Output | nodes.TemplateData) for node in _within(tree))
        self._compiled = _ENVIRONMENT.from_string(_with_counted_loops(tree))

    def render(self, **values: object) -> str:
        """Fill it in; raises TemplateError with what is missing or went too far."""
        if self._is_plain:
            return self.source
        try:
            return _bounded(self._compiled.generate({**values, _BUDGET: [MOST_ROUNDS]}))
        except jinja2.UndefinedError as error:
            raise TemplateError(_missing(str(error.message), values)) from None
        except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise TemplateError(str(error)) from None
        except (RecursionError, AttributeError) as error:
            raise TemplateError(f"it cannot be filled in: {error}") from None


@lru_cache(maxsize=4096)
def read_template(source: str) -> Template:
    """Read a template; raises TemplateError, saying what it may not hold."""
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateError(f"a template may have {LONGEST_TEMPLATE:,} characters at most")
    try:
        tree = _ENVIRONMENT.parse(source)
        _check(tree)
        return Template(source, tree)
    except jinja2.TemplateSyntaxError as error:
        raise TemplateError(f"not a template: {error.message}") from None
    except RecursionError:
        raise TemplateError("the template is nested too deep") from None


def written(value: object) -> object:
    """Write a value into a text: text as it is, null as nothing, all else as JSON writes it."""
    if value is None:
        return ""
    if isinstance(value, str | Undefined):
        return value
    if isinstance(value, Mapping | list | tuple | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value) if isinstance(value, int | float) else json.dumps(list(_iterated(value)))


def _iterated(value: object) -> Iterable[object]:
    if isinstance(value, Iterable):
        return value
    raise TemplateError("a template writes values, not functions")


def _bounded(pieces: Iterable[str]) -> str:
    taken: list[str] = []
    length = 0
    for piece in pieces:
        taken.append(piece)
        length += len(piece)
        if length > LONGEST_OUTPUT:
            raise TemplateError(f"it makes more than {LONGEST_OUTPUT:,} characters")
    return "".join(taken)


def _missing(message: str, values: Mapping[str, object]) -> str:
    item = values.get("item")
    if message.startswith(("'dict object' has no attribute", "'evals")) and isinstance(item, Mapping):
        field = message.rpartition(" ")[2]
        return f"there is no field {field}; the item has {', '.join(item) or 'none'}"
    return message


def _check(tree: nodes.Template) -> None:
    for node in _within(tree):
        if type(node) not in _NODES:
            raise TemplateError(f"a template may not hold {type(node).__name__.lower()}")
        if isinstance(node, nodes.Filter) and node.name not in _FILTERS | _OWN_FILTERS.keys():
            raise TemplateError(f"there is no filter {node.name!r} here")
        if isinstance(node, nodes.Test) and node.name not in _TESTS:
            raise TemplateError(f"there is no test {node.name!r} here")
        if isinstance(node, nodes.Call) and not _is_method(node.node):
            raise TemplateError("a template may call nothing but a text's own methods, as .split")
        if isinstance(node, nodes.For) and node.recursive:
            raise TemplateError("a loop may not call itself")


def _is_method(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Getattr) and node.attr in _METHODS


def _within(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _within(child)


def _needed_fields(node: nodes.Node) -> Iterator[str]:
    """Yield `item`'s fields that are used come what may: under no `if`, `default` or `is defined`."""
    if isinstance(node, nodes.If | nodes.CondExpr | nodes.Test | nodes.And | nodes.Or | nodes.For):
        return
    if isinstance(node, nodes.Filter) and node.name in {"d", "default"}:
        return
    if isinstance(node, nodes.Getattr | nodes.Getitem) and isinstance(node.node, nodes.Name):
        field = node.attr if isinstance(node, nodes.Getattr) else getattr(node.arg, "value", None)
        if node.node.name == "item" and isinstance(field, str):
            yield field
    for child in node.iter_child_nodes():
        yield from _needed_fields(child)


def _with_counted_loops(tree: nodes.Template) -> nodes.Template:
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, _COUNTED, [], [], None, None, lineno=loop.lineno)
    return tree


@jinja2.pass_context
def _counted(context: jinja2.runtime.Context, values: Iterable[Any]) -> list[Any]:
    budget = context[_BUDGET]
    taken = list(values)
    budget[0] -= len(taken)
    if budget[0] < 0:
        raise TemplateError(f"its loops go round more than {MOST_ROUNDS:,} times")
    return taken


def _join(values: Iterable[object], separator: str = "") -> str:
    texts = [str(written(value)) for value in values]
    return separator.join(texts) if _fits(sum(map(len, texts)) + len(texts) * len(separator)) else ""


def _replace(text: object, old: str, new: str) -> str:
    whole = str(text)
    return whole.replace(old, new) if _fits(len(whole) + (whole.count(old) + 1) * len(new)) else ""


def _fits(length: int) -> bool:
    if length > LONGEST_OUTPUT:
        raise TemplateError(f"it makes more than {LONGEST_OUTPUT:,} characters")
    return True


_OWN_FILTERS: dict[str, Any] = {
    _COUNTED: _counted,
    "join": _join,
    "replace": _replace,
    "split": lambda text, separator=None: str(text).split(separator),
    "tojson": lambda value: json.dumps(value, ensure_ascii=False),
}


class _Environment(SandboxedEnvironment):
    """Fields come before methods, and sums stay small."""

    intercepted_binops = frozenset({"+", "-"})

    def getattr(self, obj: Value, attribute: str) -> Value:
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Value, right: Value) -> Value:
        if not all(isinstance(side, int | float) for side in (left, right)):
            _fits(len(left) + len(right))
        return super().call_binop(context, operator, left, right)


_ENVIRONMENT = _Environment(
    undefined=jinja2.StrictUndefined, autoescape=False, keep_trailing_newline=True, finalize=written
)
_ENVIRONMENT.globals.clear()
_ENVIRONMENT.filters.update(_OWN_FILTERS)
