"""Graders that compare texts: `exact`, `includes`, `regex`, `length`."""

import regex

from evals.definition.graders import Exact, Includes, Length, LengthUnit, Regex
from evals.errors import GraderError
from evals.graders.exam import Exam, Mark

PATTERN_TIMEOUT_S = 1.0
LONGEST_SHOWN = 80  # characters


def grade_exact(told: Exact, exam: Exam) -> Mark:
    """Judge whether the answer is one of the targets."""
    answer = _prepared(exam.filled(told.output), strip=told.strip, ignore_case=told.ignore_case)
    targets = [
        _prepared(text, strip=told.strip, ignore_case=told.ignore_case)
        for text in _targets(told.target, exam)
    ]
    return verdict(is_good=(answer in targets) is not told.negate, why=f"the answer is {shown(answer)}")


def grade_includes(told: Includes, exam: Exam) -> Mark:
    """Judge whether the answer holds the target; an empty target is no target."""
    answer = _prepared(exam.filled(told.output), strip=False, ignore_case=told.ignore_case)
    targets = [
        _prepared(text, strip=False, ignore_case=told.ignore_case) for text in _targets(told.target, exam)
    ]
    if not all(targets):
        raise GraderError("the target is empty: every answer would hold it")
    found = [text in answer for text in targets]
    is_there = all(found) if told.every else any(found)
    lacking = [text for text, is_found in zip(targets, found, strict=True) if not is_found]
    why = f"not there: {', '.join(map(shown, lacking))}" if lacking else "all of it is there"
    return verdict(is_good=is_there is not told.negate, why=why)


def grade_regex(told: Regex, exam: Exam) -> Mark:
    """Judge whether the pattern is found, and finds the target where there is one."""
    answer = exam.filled(told.output)
    flags = regex.IGNORECASE if told.ignore_case else 0
    found = searched(told.pattern, answer, flags=flags, full=told.full)
    is_good = found is not None
    if found is not None and told.target is not None:
        taken = found[1] if found.re.groups else found[0]
        is_good = (taken or "").strip() == exam.filled(told.target).strip()
    why = f"found {shown(found[0])}" if found is not None else "the pattern is not there"
    return verdict(is_good=is_good is not told.negate, why=why)


def grade_length(told: Length, exam: Exam) -> Mark:
    """Judge whether the answer's length lies within the bounds."""
    answer = exam.filled(told.output)
    length = {
        LengthUnit.CHARACTERS: len(answer),
        LengthUnit.WORDS: len(answer.split()),
        LengthUnit.LINES: len(answer.splitlines()),
    }[told.unit]
    is_good = (told.min is None or length >= told.min) and (told.max is None or length <= told.max)
    return verdict(is_good=is_good, why=f"{length:,} {told.unit}")


def verdict(*, is_good: bool, why: str) -> Mark:
    """Make the mark of a grader that knows only good and bad."""
    return Mark(value=float(is_good), passed=is_good, explanation=why)


def searched(pattern: str, text: str, *, flags: int = 0, full: bool = False) -> "regex.Match[str] | None":
    """Search a text for at most a second; raises GraderError for a pattern that takes longer."""
    try:
        compiled = regex.compile(pattern, flags)
        search = compiled.fullmatch if full else compiled.search
        return search(text, timeout=PATTERN_TIMEOUT_S)
    except TimeoutError:
        raise GraderError(f"the pattern {shown(pattern)} took more than {PATTERN_TIMEOUT_S:g} s") from None
    except regex.error as error:
        raise GraderError(f"{shown(pattern)} is no regular expression: {error}") from None


def shown(text: str) -> str:
    """Quote the beginning of a text."""
    return repr(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")


def _targets(target: str | list[str], exam: Exam) -> list[str]:
    return [exam.filled(source) for source in ([target] if isinstance(target, str) else target)]


def _prepared(text: str, *, strip: bool, ignore_case: bool) -> str:
    text = text.strip() if strip else text
    return text.casefold() if ignore_case else text
