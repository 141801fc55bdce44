"""Graders that combine others: `all`, `any`, `weighted`, and OpenAI's `multi` with its formula.

Where one of the combined cannot say, neither can the combination: its score is not known.
"""

from collections.abc import Mapping

from evals.definition.graders import Multi
from evals.errors import FormulaError, GraderError
from evals.formula import read_formula
from evals.graders.exam import Mark

Marks = Mapping[str, Mark]


def combine_all(marks: Marks) -> Mark:
    """Take the lowest score; passes where all pass."""
    failed = [name for name, mark in marks.items() if not mark.passed]
    why = f"failed: {', '.join(failed)}" if failed else "all pass"
    lowest = min(mark.value for mark in marks.values())
    return Mark(value=lowest, passed=not failed, explanation=why)


def combine_any(marks: Marks) -> Mark:
    """Take the highest score; passes where any passes."""
    good = [name for name, mark in marks.items() if mark.passed]
    why = f"passed: {', '.join(good)}" if good else "none passes"
    highest = max(mark.value for mark in marks.values())
    return Mark(value=highest, passed=bool(good), explanation=why)


def combine_weighted(weights: Mapping[str, float], marks: Marks) -> Mark:
    """Take the mean by weight; passes with a full score unless there is a threshold."""
    total = sum(weights.values())
    mean = sum(weights[name] * mark.value for name, mark in marks.items()) / total
    return Mark(value=mean, explanation=f"weighted mean {mean:.3f}")


def combine_multi(told: Multi, marks: Marks) -> Mark:
    """Work the formula out; raises GraderError where it has no value."""
    try:
        value = read_formula(told.calculate_output).value({name: mark.value for name, mark in marks.items()})
    except FormulaError as error:
        raise GraderError(str(error)) from None
    return Mark(value=value, explanation=f"{told.calculate_output} = {value:.3f}")
