"""What a caller may say about a single call, in headers: its body belongs to Claude's API or OpenAI's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from api.errors import MalformedRequestError
from claude.report import Unsupported
from jobs.job import Priority

T = TypeVar("T")
PREFIX = "promptmill-"
LONGEST_NAME = 256
MOST_FAILURES = 1000
LONGEST_TIME_S = 86_400.0
BOOLEANS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOptions:
    """How one call is to be treated."""

    keeps: bool
    """`promptmill-keep`: the job goes on when its caller has hung up."""
    name: str | None
    """`promptmill-name`: the job's `custom_id`."""
    priority: Priority
    """`promptmill-priority`."""
    max_failures: int | None
    """`promptmill-max-failures`: at that many failed attempts the error is passed on."""
    max_time_s: float | None
    """`promptmill-max-time-s`: how long after its first start it is tried again at most."""
    unsupported: Unsupported | None
    """`promptmill-unsupported`: what becomes of a chat request's parameters that the model does not take."""


def call_options_of(headers: Mapping[str, str]) -> CallOptions:
    """Return the options in `headers`; raises `MalformedRequestError` for one that cannot be, by its name."""
    for name in headers:
        if name.startswith(PREFIX) and name not in READERS:
            raise MalformedRequestError(f"{name} is no header here; there are {', '.join(sorted(READERS))}")

    def read(name: str, parse: Callable[[str], T], default: T) -> T:
        text = headers.get(name)
        if text is None:
            return default
        try:
            return parse(text.strip())
        except (KeyError, ValueError):
            raise MalformedRequestError(f"{name} must be {READERS[name]}, not {text[:40]!r}") from None

    return CallOptions(
        keeps=read("promptmill-keep", BOOLEANS.__getitem__, False),
        name=read("promptmill-name", _name, None),
        priority=read("promptmill-priority", Priority, Priority.INTERACTIVE),
        max_failures=read("promptmill-max-failures", _failures, None),
        max_time_s=read("promptmill-max-time-s", _seconds, None),
        unsupported=read("promptmill-unsupported", Unsupported, None),
    )


READERS = {
    "promptmill-keep": "true or false",
    "promptmill-name": f"1 to {LONGEST_NAME} printable characters",
    "promptmill-priority": " or ".join(Priority),
    "promptmill-max-failures": f"a whole number from 1 to {MOST_FAILURES}",
    "promptmill-max-time-s": f"a number of seconds, up to {LONGEST_TIME_S:g}",
    "promptmill-unsupported": " or ".join(Unsupported),
}


def _name(text: str) -> str | None:
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise ValueError
    return text


def _failures(text: str) -> int | None:
    number = int(text)
    if not 1 <= number <= MOST_FAILURES:
        raise ValueError
    return number


def _seconds(text: str) -> float | None:
    number = float(text)
    if not 0 < number <= LONGEST_TIME_S:
        raise ValueError
    return number
