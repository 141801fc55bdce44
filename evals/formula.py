"""Formulas over scores, as `0.7 * accuracy + 0.3 * min(style, 1)`: read by us, never evaluated as Python.

Source: OpenAI's guide to graders, "Multigraders": + - * / ^ and min, max, abs, floor, ceil, exp, sqrt, log.
"""

import ast
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evals.errors import FormulaError

LONGEST = 2_000  # characters

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
    ast.Div: lambda left, right: left / right,
    ast.Pow: math.pow,
}
_SIGNS: dict[type[ast.unaryop], int] = {ast.UAdd: 1, ast.USub: -1}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "log": math.log,
}
_OF_MANY = ("min", "max")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read; every part of it is known."""

    source: str
    tree: ast.expr
    names: frozenset[str]

    def value(self, scores: Mapping[str, float]) -> float:
        """Work it out; raises FormulaError where it has no finite value."""
        try:
            found = _value(self.tree, scores)
        except (ArithmeticError, ValueError) as error:
            raise FormulaError(f"{self.source!r} has no value here: {error}") from None
        if not math.isfinite(found):
            raise FormulaError(f"{self.source!r} has no finite value here")
        return found


def read_formula(source: str) -> Formula:
    """Read a formula; raises FormulaError with the part that does not belong."""
    if len(source) > LONGEST:
        raise FormulaError(f"a formula may have {LONGEST:,} characters at most")
    try:
        tree = ast.parse(source.replace("^", "**").strip(), mode="eval").body
        names = frozenset(_names(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError(f"{source!r} is no formula") from None
    return Formula(source, tree, names)


def _names(node: ast.expr) -> set[str]:
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return set()
        case ast.Name(id=name):
            return {name}
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _SIGNS:
            return _names(operand)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
            return _names(left) | _names(right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            if not args or (len(args) > 1 and name not in _OF_MANY):
                raise FormulaError(f"{name} takes one value" + (" or more" if name in _OF_MANY else ""))
            return set().union(*map(_names, args))
        case _:
            raise FormulaError(f"a formula may not hold {ast.unparse(node)!r}")


def _value(node: ast.expr, scores: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return float(scores[name])
        case ast.UnaryOp(op=sign, operand=operand):
            return _SIGNS[type(sign)] * _value(operand, scores)
        case ast.BinOp(left=left, op=operator, right=right):
            return float(_BINARY[type(operator)](_value(left, scores), _value(right, scores)))
        case ast.Call(func=ast.Name(id=name), args=args):
            values = [_value(argument, scores) for argument in args]
            return float(_FUNCTIONS[name](values) if name in _OF_MANY else _FUNCTIONS[name](*values))
    raise FormulaError(f"a formula may not hold {ast.unparse(node)!r}")
