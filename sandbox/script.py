"""The language a prompt speaks to the sandbox: `[[429 retry-after=2, then ok]]`.

A script is what stands between double square brackets; a prompt may hold several, and all count. Its steps
are parted by `, then`; a step may end in `x3`. Each call with the same prompt takes the next step; the last
step stays in force unless it has a count, after which all is well. docs/sandbox.md lists the words.
"""

import re
from dataclasses import dataclass, field

DELAYS = ("slow", "stall")
LOST_ANSWERS = ("drop", "reset", "lost")
BROKEN_ANSWERS = ("cut", "eof", "malformed", "not-json", "wrong-shape", "html", "error-event")
ODD_STREAMS = ("unknown-event", "crlf", "bytes")
REFUSALS = ("credit", "spend-cap", "usage-limit", "hold", "ramp", "overloaded")
ANSWERS = ("say", "echo", "tokens", "empty", "max_tokens", "refusal", "stop-reason", "wrong", "tool", "usage")
BATCH_ENDS = ("errored", "expired", "canceled", "stuck")
WORDS = frozenset({
    "ok", "mark", "close",
    *DELAYS, *LOST_ANSWERS, *BROKEN_ANSWERS, *ODD_STREAMS, *REFUSALS, *ANSWERS, *BATCH_ENDS,
})  # fmt: skip
BRACKETS = re.compile(r"\[\[(.+?)\]\]", re.DOTALL)
STEPS = re.compile(r"\s*,\s*then\s+")
TIMES = re.compile(r"\s+x(\d{1,6})$")
OPTION = re.compile(r'([a-z][a-z-]*)=("[^"]*"|\S+)|("[^"]*"|\S+)')
STATUS = re.compile(r"[1-5]\d\d$")
NUMBER = re.compile(r"-?[\d.]+(?:e\d+)?|nan|inf")
FLAGS = frozenset({"no-retry-after", "pings"})
WITH_WORDS = frozenset({"echo", "stop-reason", "error-event"})
LARGEST_NUMBER = 1_000_000
FREE_TEXT = frozenset({"say", "tool", "mark"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One step: its name, what follows as text, and its options."""

    name: str
    text: str = ""
    words: tuple[str, ...] = ()
    options: dict[str, str] = field(default_factory=dict)

    def number(self, option: str, default: float) -> float:
        """Return an option, or else the first plain word, as a number; what is no number is the default."""
        return _finite(self.options.get(option) or (self.words[0] if self.words else ""), default)

    def option(self, name: str, default: float) -> float:
        """Return an option as a number, or the default."""
        return _finite(self.options.get(name, ""), default)


@dataclass(frozen=True, slots=True)
class Script:
    """The steps of one pair of brackets, each with how often it lasts (0: from then on)."""

    steps: tuple[tuple[Directive, int], ...]

    def at(self, call: int) -> Directive | None:
        """Return the step for the n-th call of its prompt, from 0; None when the script is used up."""
        for directive, times in self.steps:
            if not times or call < times:
                return directive
            call -= times
        return None


class Plan:
    """What the sandbox shall do with one call: the directives in force, by name."""

    __slots__ = ("_by_name", "directives")

    def __init__(self, directives: list[Directive]) -> None:
        self.directives = directives
        self._by_name = {one.name: one for one in reversed(directives)}

    def get(self, name: str) -> Directive | None:
        """Return the directive of that name, if it is in force."""
        return self._by_name.get(name)

    def all(self, name: str) -> list[Directive]:
        """Return every directive of that name."""
        return [one for one in self.directives if one.name == name]

    def status(self) -> Directive | None:
        """Return the directive that is an HTTP status, if there is one."""
        return next((one for one in self.directives if STATUS.match(one.name)), None)


NOTHING = Plan([])


def scripts_in(text: str) -> list[Script]:
    """Return the scripts of a text; brackets that hold something else are left alone."""
    if "[[" not in text:
        return []
    found = (read_script(inner) for inner in BRACKETS.findall(text))
    return [script for script in found if script is not None]


def without_scripts(text: str) -> str:
    """Return the text with its scripts taken out."""
    if "[[" not in text:
        return text
    return BRACKETS.sub(lambda match: match[0] if read_script(match[1]) is None else "", text).strip()


def read_script(inner: str) -> Script | None:
    """Read what stands in a pair of brackets; None if it is not written in this language."""
    parts = STEPS.split(inner.strip())
    steps = [_read_step(part, last=part is parts[-1]) for part in parts]
    whole = [step for step in steps if step is not None]
    return Script(tuple(whole)) if len(whole) == len(steps) else None


def _read_step(part: str, *, last: bool) -> tuple[Directive, int] | None:
    times = TIMES.search(part)
    count = int(times[1]) if times else int(not last)
    directive = read_directive(part[: times.start()] if times else part)
    return None if directive is None else (directive, count)


def read_directive(step: str) -> Directive | None:
    """Read one step without its count; None if a word of it is unknown."""
    name, _, rest = step.strip().partition(" ")
    if name not in WORDS and not STATUS.match(name):
        return None
    if name in FREE_TEXT:
        return Directive(name=name, text=rest.strip())
    options, words = {}, []
    for key, value, word in OPTION.findall(rest):
        if key:
            options[key] = value.strip('"')
        else:
            words.append(word.strip('"'))
    if name not in WITH_WORDS and not all(NUMBER.fullmatch(word) or word in FLAGS for word in words):
        return None
    return Directive(name=name, text=rest.strip(), words=tuple(words), options=options)


def _finite(word: str, default: float) -> float:
    try:
        number = float(word)
    except ValueError:
        return default
    return number if 0 <= number <= LARGEST_NUMBER else default
