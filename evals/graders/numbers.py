r"""Numbers in running text: `$1,234.50`, `-3/4`, `1 1/2`, `2.5e-3`, `6.02 x 10^23`, `12 %`, `\frac{1}{2}`."""

import re
from dataclasses import dataclass
from fractions import Fraction

LONGEST_TEXT = 20_000
"""Characters at the end of an answer that are looked at."""
LARGEST_EXPONENT = 400
LONGEST_NUMBER = 400  # characters

_FRACTION = re.compile(r"\\[dt]?frac\{(-?[\d,.]{1,40})\}\{(-?[\d,.]{1,40})\}")
_SEPARATORS = re.compile(r"(?<=\d)(?:\{,\}|\\,|\\!|[_'\u2019\u00a0\u202f\u2009])(?=\d{3}(?!\d))")
_NUMBER = re.compile(
    r"""
    (?<!\w)(?<!\d\.)(?:(?<![)\]}%])(?P<sign>[-+\u2212]))?(?:[$\u20ac\u00a3\u00a5]\s?)?(?P<late_sign>(?<=[$\u20ac\u00a3\u00a5])[-\u2212])?
    (?:(?P<whole>\d{1,40})\s+(?=\d{1,40}/\d))?
    (?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+(?:\.\d+)?|(?<!\.)\.\d+)
    (?:\s*(?:e|\s?[x\u00d7*]\s?10\s?(?:\^|\*\*))\s?\{?(?P<exponent>[-+\u2212]?\d{1,4})\}?)?
    (?:/(?P<below>\d{1,40})(?![\d/]))?
    (?:\s?(?P<percent>%|\\%|percent\b))?
    (?:\s(?P<times>thousand|million|billion|trillion)\b)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TIMES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number as a text has it; exact."""

    value: Fraction
    is_percent: bool
    text: str

    def distance(self, other: "FoundNumber") -> Fraction:
        """Return how far apart two are; where just one is a percentage, 5 % is both 5 and 0.05."""
        apart = abs(self.value - other.value)
        if self.is_percent is other.is_percent:
            return apart
        left, right = (one.value / 100 if one.is_percent else one.value for one in (self, other))
        return min(apart, abs(left - right))


def last_number(text: str) -> FoundNumber | None:
    """Return the last number of a text; None where there is none."""
    tail = _SEPARATORS.sub("", _FRACTION.sub(r"\1/\2", text[-LONGEST_TEXT:]))
    readable = (_read(match) for match in reversed(list(_NUMBER.finditer(tail))))
    return next((number for number in readable if number is not None), None)


def _read(match: re.Match[str]) -> FoundNumber | None:
    exponent = int((match["exponent"] or "0").replace("\N{MINUS SIGN}", "-"))
    if abs(exponent) > LARGEST_EXPONENT or len(match[0]) > LONGEST_NUMBER:
        return None
    if match["below"] is not None and not int(match["below"]):
        return None
    value = Fraction(_plain(match["digits"])) * Fraction(10) ** exponent / int(match["below"] or 1)
    value = (value + int(match["whole"] or 0)) * _TIMES.get((match["times"] or "").lower(), 1)
    if (match["sign"] or match["late_sign"] or "+") != "+":
        value = -value
    return FoundNumber(value, match["percent"] is not None, match[0].strip())


def _plain(digits: str) -> str:
    """Write a number without thousands separators; `1.234,56` is how much of Europe writes 1,234.56."""
    if "," in digits and digits.find(".") < digits.find(",") and "." in digits:
        return digits.replace(".", "").replace(",", ".")
    return digits.replace(",", "")
