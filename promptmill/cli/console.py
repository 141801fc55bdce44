"""Where words go: data to standard output, everything else to standard error."""

import sys

import msgspec
from rich.console import Console

from jobs.errors import PromptmillError
from promptmill.errors import InputError

UNBROKEN = 10_000  # columns, where there is no terminal: a line that a program reads must not be broken


def people() -> Console:
    """Return the console for what people read along: standard error."""
    return Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else UNBROKEN)


def sheet() -> Console:
    """Return the console for tables that are asked for: standard output."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else UNBROKEN)


def say(message: str) -> None:
    """Tell the user something that is not data."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def print_json(value: object) -> None:
    """Print `value` as one line of JSON."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def print_text(text: str) -> None:
    """Print a line of data."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def complain(error: PromptmillError) -> None:
    """Say what was wrong, and list the places where the input was."""
    say(f"promptmill: {error}")
    if isinstance(error, InputError):
        for problem in error.problems:
            say(f"  {problem}")
        if error.count > len(error.problems) > 0:
            say(f"  ... and {error.count - len(error.problems):,} more")
