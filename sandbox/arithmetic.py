"""Arithmetic in plain words: finds the last expression that a prompt asks for, and works it out exactly."""

import re
from collections import deque
from collections.abc import Iterator
from fractions import Fraction

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,3}(?:,\d{3})+(?![\d,])(?:\.\d+)?|\d+(?:\.\d+)?)|(?P<open>\()|(?P<close>\))"
    r"|(?P<plus>\+|plus\b)|(?P<minus>[-\u2212\u2013]|minus\b)"
    r"|(?P<times>[*\u00d7\u00b7]|x(?=\s*[\d(])|times\b|multiplied\s+by\b)"
    r"|(?P<over>[/\u00f7]|over\b|divided\s+by\b))",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"(?:what(?:'s|\u2019s|\s+is|\s+are|\s+does)|how\s+much\s+is|compute|calculate|evaluate|solve|simplify|work\s+out|"
    r"find|(?:result|value|answer)\s+of|add\s+up|question|problem|expression|q)\s*:?\s*(?:the\s+(?:result|value)\s+of\s*:?\s*)?",
    re.IGNORECASE,
)
OPERATION = re.compile(
    r"\d[\d,.]*[\s)]*(?:[-+*/\u00d7\u00b7\u00f7\u2212\u2013x]|plus|minus|times|multiplied|divided|over)",
    re.IGNORECASE,
)
PAIR = re.compile(
    r"\b(sum|difference|product|quotient)\s+(?:of|between)\s+(-?\d{1,30})\s+and\s+(-?\d{1,30})\b",
    re.IGNORECASE,
)
PAIRS = {"sum": "plus", "difference": "minus", "product": "times", "quotient": "over"}
MAX_LENGTH = 2_000
LONGEST_TEXT = 20_000
MOST_OPERATIONS = 200
WORDS_BEFORE = 80
MAX_DEPTH = 50
MAX_BITS = 512
DECIMALS = 6

Token = tuple[str, str]


class UnreadableError(Exception):
    """What stands there is not arithmetic."""


def answer_to(text: str) -> Fraction | None:
    """Return the exact answer to the last arithmetic question of a text, or None if it asks for none."""
    text = text[-LONGEST_TEXT:]
    if pair := PAIR.search(text):
        return _of_pair(PAIRS[pair[1].lower()], Fraction(pair[2]), Fraction(pair[3]))
    for place in reversed(deque(_operations(text), MOST_OPERATIONS)):
        start = max(0, place - WORDS_BEFORE)
        for ask in reversed(list(ASKS.finditer(text, start, place))):
            if (value := _evaluated(text[ask.end() : ask.end() + MAX_LENGTH])) is not None:
                return value
    value, rest = _leading(text[:MAX_LENGTH])
    return value if rest.strip(" \t\r\n=?.!:") == "" else None


def written(value: Fraction) -> str:
    """Return a number as people write it: whole, or with up to six decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(round(value, DECIMALS)):.{DECIMALS}f}".rstrip("0").rstrip(".")


def _of_pair(operator: str, left: Fraction, right: Fraction) -> Fraction | None:
    return None if operator == "over" and not right else _apply(operator, left, right)


def _operations(text: str) -> Iterator[int]:
    return (match.start() for match in OPERATION.finditer(text))


def _evaluated(text: str) -> Fraction | None:
    return _leading(text)[0]


def _leading(text: str) -> tuple[Fraction | None, str]:
    tokens, rest = _tokens(text)
    if not any(kind in {"plus", "minus", "times", "over"} for kind, _ in tokens[1:]):
        return None, text
    while tokens and tokens[-1][0] not in {"number", "close"}:
        tokens.pop()
    try:
        reader = _Reader(tokens)
        value = reader.sum(0)
    except (UnreadableError, ZeroDivisionError):
        return None, text
    return (value, rest) if reader.operators and not reader.left() else (None, text)


def _tokens(text: str) -> tuple[list[Token], str]:
    tokens: list[Token] = []
    at = 0
    while (match := TOKEN.match(text, at)) is not None:
        tokens.append((str(match.lastgroup), match[0].strip()))
        at = match.end()
    return tokens, text[at:]


class _Reader:
    """Reads sums of products of factors, the usual way."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self.operators = 0

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def sum(self, depth: int) -> Fraction:
        value = self._product(depth)
        while (operator := self._take("plus", "minus")) is not None:
            value = _apply(operator, value, self._product(depth))
            self.operators += 1
        return value

    def _product(self, depth: int) -> Fraction:
        value = self._factor(depth)
        while (operator := self._take("times", "over")) is not None:
            value = _apply(operator, value, self._factor(depth))
            self.operators += 1
        return value

    def _factor(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH or not self.left():
            raise UnreadableError
        if (sign := self._take("minus", "plus")) is not None:
            return self._factor(depth + 1) * (-1 if sign == "minus" else 1)
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return Fraction(text.replace(",", ""))
        if kind != "open":
            raise UnreadableError
        value = self.sum(depth + 1)
        if self._take("close") is None:
            raise UnreadableError
        return value

    def _take(self, *kinds: str) -> str | None:
        if self.left() and self._tokens[self._at][0] in kinds:
            self._at += 1
            return self._tokens[self._at - 1][0]
        return None


def _apply(operator: str, left: Fraction, right: Fraction) -> Fraction:
    if operator == "plus":
        value = left + right
    elif operator == "minus":
        value = left - right
    else:
        value = left * right if operator == "times" else left / right
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise UnreadableError
    return value
