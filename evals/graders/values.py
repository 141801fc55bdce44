"""Graders that look for one value in the answer: `number`, `choice`."""

import re
from fractions import Fraction

from evals.definition.graders import Choice, Number
from evals.errors import GraderError
from evals.graders.exam import Exam, Mark
from evals.graders.numbers import last_number
from evals.graders.text import shown, verdict

LONGEST_TEXT = 20_000  # characters at the end of an answer that are looked at


def grade_number(told: Number, exam: Exam) -> Mark:
    """Judge whether the last number of the answer is that of the target, exactly or within the tolerance."""
    target = last_number(exam.filled(told.target) if isinstance(told.target, str) else repr(told.target))
    if target is None:
        raise GraderError(f"the target holds no number: {shown(str(told.target))}")
    found = last_number(exam.filled(told.output))
    if found is None:
        return verdict(is_good=False, why="there is no number in the answer")
    allowed = max(Fraction(repr(told.tolerance)), Fraction(repr(told.relative_tolerance)) * abs(target.value))
    is_good = found.distance(target) <= allowed
    return verdict(is_good=is_good, why=f"found {found.text}, the target is {target.text}")


def grade_choice(told: Choice, exam: Exam) -> Mark:
    """Judge whether the letter that the answer settles on is the target's."""
    target = chosen_letter(exam.filled(told.target), told.choices)
    if target is None:
        raise GraderError(f"the target is none of {', '.join(told.choices)}")
    found = chosen_letter(exam.filled(told.output), told.choices)
    why = f"chose {found}, the target is {target}" if found else "the answer settles on no choice"
    return verdict(is_good=found == target, why=why)


def chosen_letter(text: str, choices: str) -> str | None:
    """Return the letter that a text settles on: what it calls its answer, else the last that stands alone."""
    letters = re.escape(choices)
    tail = text[-LONGEST_TEXT:].strip()
    mark = r"[\s*_`\"'(\[{:$\\]{0,9}"  # bounded, or a long run of them would be read again and again
    end = r"(?![\w'\u2019])"
    said = (
        rf"(?:answer|choice|option|choose|pick)(?:\s{{1,9}}(?:is|would\sbe|must\sbe))?{mark}"
        rf"(?:(?:option|choice)\s{{1,9}})?{mark}"
    )
    patterns = (
        (rf"\\boxed\{{\s{{0,9}}(?:\\text\{{)?[\s(]{{0,9}}([{letters}]){end}", re.IGNORECASE),
        (rf"\b(?i:{said})([{letters}]){end}", 0),
        (rf"\b{said}([{letters}]){end}(?!\s+[a-z])", re.IGNORECASE),
        (rf"\A[(\[*]*([{letters}])[)\].:*]*\Z", re.IGNORECASE),
        (rf"(?:^|\n)[\s*(]{{0,9}}([{letters}])[).:*]{{1,9}}(?:\s|\Z)", 0),
        (rf"(?<![\w'])[(\[*]{{1,9}}([{letters}])[)\]*]+", 0),
        (rf"(?<![\w'-])([{letters}])(?![\w'-])(?!\s+[a-z])", 0),
    )
    upper = {letter.upper(): letter for letter in choices}
    for pattern, flags in patterns:
        if found := re.findall(pattern, tail, flags):
            return upper.get(found[-1].upper())
    return None
