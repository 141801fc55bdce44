import math

import pytest

from evals.errors import FormulaError
from evals.formula import read_formula


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("0.7 * a + 0.3 * b", 0.85),
        ("(a + b) / 2", 0.75),
        ("min(a, b) ^ 2", 0.25),
        ("max(a, b, 3) - -abs(-1)", 4),
        ("floor(1.9) + ceil(1.1)", 3),
        ("exp(0) + sqrt(4) + log(1)", 3),
        ("2 ^ 3 ^ 0", 2),
    ],
)
def test_a_formula_is_worked_out(source, value):
    assert math.isclose(read_formula(source).value({"a": 1.0, "b": 0.5}), value)


@pytest.mark.parametrize(
    "source",
    ["", "a +", "__import__('os')", "a.b", "a if b else c", "[a]", "a < b", "pow(a, b)", "abs(a, b)", "min()",
     "'a'", "lambda: 1", "min(*a)", "a := 1", "True", "a // b", "(" * 300 + "a" + ")" * 300],
)  # fmt: skip
def test_what_is_no_formula_is_refused_when_it_is_read(source):
    with pytest.raises(FormulaError):
        read_formula(source)


@pytest.mark.parametrize(
    "source", ["1 / a", "log(a)", "sqrt(a - 1)", "9 ^ 9 ^ 9 ^ 9", "exp(1000)", "(a - 1) ^ 0.5"]
)
def test_a_formula_without_a_value_says_so(source):
    with pytest.raises(FormulaError):
        read_formula(source).value({"a": 0.0})
