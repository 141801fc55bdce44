"""What can be wrong with what a person asks of the service; each docstring is the message's default."""

from dataclasses import dataclass


class PromptmillError(Exception):
    """Something went wrong."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__)


class SettingError(PromptmillError):
    """A setting has a value that cannot be used."""


class NotFoundError(PromptmillError):
    """There is no such thing here."""


class ConflictError(PromptmillError):
    """The thing is not in a state in which that can be done."""


class IdempotencyConflictError(PromptmillError):
    """This Idempotency-Key was already used with a different body."""


class QueueFullError(PromptmillError):
    """The tenant has as many jobs queued as it may."""

    def __init__(self, message: str | None = None, *, is_hopeless: bool = False) -> None:
        super().__init__(message)
        self.is_hopeless = is_hopeless
        """Whether it can never be taken, however empty the queue."""


class StoreUnavailableError(PromptmillError):
    """The database cannot be reached; try again in a moment."""


class BrokerUnavailableError(PromptmillError):
    """The broker cannot be reached; try again in a moment."""


class CursorError(PromptmillError):
    """The cursor was not issued by this list; start again without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRequest:
    """One request of a submission that cannot be accepted, and why."""

    index: int
    """Zero-based position in the submission."""
    custom_id: str | None
    field: str
    """Path of the offending field, as `messages.0.role`; empty for the request as a whole."""
    message: str


class InvalidSubmissionError(PromptmillError):
    """The submission was refused and nothing of it was stored."""

    LISTED = 100

    def __init__(self, bad_requests: list[BadRequest], count: int | None = None) -> None:
        self.bad_requests = bad_requests[: self.LISTED]
        self.count = count if count is not None else len(bad_requests)
        super().__init__(f"{self.count} bad request(s); nothing was stored")
