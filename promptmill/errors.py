"""What can be wrong on the user's side of the wire; the command line turns each into an exit code."""

from collections.abc import Sequence
from dataclasses import dataclass

from claude.errors import ClaudeError
from jobs.errors import PromptmillError

LONGEST_ID = 64  # characters of a custom id in a message


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One piece of an input that cannot be submitted, and why."""

    place: str
    """Where to look: `line 7`, or `request 7` in a file that is one JSON document."""
    message: str
    field: str = ""
    """Path of the offending field, as `messages.0.role`; empty for the piece as a whole."""
    custom_id: str | None = None

    def __str__(self) -> str:
        name = f" ({_shown(self.custom_id)})" if self.custom_id else ""
        field = f"{self.field}: " if self.field else ""
        return f"{self.place}{name}: {field}{self.message}"


def _shown(custom_id: str) -> str:
    """Return a custom id as a terminal can take it, and no longer than helps to find it."""
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in custom_id)
    return text if len(text) <= LONGEST_ID else f"{text[:LONGEST_ID]}..."


class InputError(PromptmillError):
    """The input cannot be submitted."""

    LISTED = 100

    def __init__(self, message: str, problems: Sequence[Problem] = (), count: int = 0) -> None:
        self.problems = list(problems[: self.LISTED])
        self.count = max(count, len(problems))
        super().__init__(message)


class ServerUnreachableError(PromptmillError):
    """No Promptmill server answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One bad request of a refused submission, as the server lists it."""

    index: int
    """Zero-based position in the submission."""
    message: str
    field: str = ""
    custom_id: str | None = None


class RefusedError(PromptmillError):
    """The server answered that it cannot do what was asked."""

    def __init__(
        self, message: str, *, status: int, kind: str, details: Sequence[Detail] = (), count: int = 0
    ) -> None:
        self.status = status
        """The HTTP status."""
        self.kind = kind
        """The server's word for it, as `not_found_error`."""
        self.details = list(details)
        self.count = max(count, len(self.details))
        """How many requests were bad; the server lists the first hundred only."""
        super().__init__(message)


class StackError(PromptmillError):
    """The stack cannot be started as asked."""


class StackStartError(StackError):
    """A part of the stack does not start."""


class CompletionError(ClaudeError):
    """A completion through the service ended without an answer."""

    def __init__(
        self,
        message: str,
        *,
        error_type: str,
        status: int | None = None,
        request_id: str | None = None,
        job_id: str | None = None,
    ) -> None:
        super().__init__(message, error_type=error_type, status=status, request_id=request_id)
        self.job_id = job_id
        """The job that was to bring it, if one was accepted."""
