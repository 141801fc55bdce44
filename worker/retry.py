"""What a failed attempt means for its job: one pure table."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from claude.errors import (
    ClaudeConnectionError,
    ClaudeError,
    ClaudeResponseError,
    ClaudeStatusError,
    ClaudeStreamError,
)

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
RETRIED_STATUSES = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
PACING_STATUS = 429  # Claude asks for patience: the job did not fail, so its budget is not touched


class Verdict(StrEnum):
    """What follows from an error."""

    RETRY = "retry"
    """Try again later; costs one of the job's failures."""
    PACE = "pace"
    """Try again later; costs nothing."""
    REFUSE = "refuse"
    """Trying again would not help."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with the time of the next attempt, where there is one."""

    verdict: Verdict
    run_at: datetime | None = None


def classify(error: ClaudeError) -> Verdict:
    """Return what `error` alone says, whatever the job has been through."""
    match error:
        case ClaudeStatusError(should_retry=bool(should_retry)) if not should_retry:
            return Verdict.REFUSE
        case ClaudeStatusError(status=status) if status == PACING_STATUS:
            return Verdict.PACE
        case ClaudeStatusError(status=status, should_retry=should_retry):
            return Verdict.RETRY if should_retry or status in RETRIED_STATUSES else Verdict.REFUSE
        case ClaudeConnectionError() | ClaudeStreamError() | ClaudeResponseError():
            return Verdict.RETRY
        case _:
            return Verdict.REFUSE


def decide(
    error: ClaudeError, *, failures: int, max_failures: int, now: datetime, jitter: random.Random
) -> Decision:
    """Return what becomes of a job that has failed `failures` times before and now met `error`.

    The pause is exponential with full jitter (https://aws.amazon.com/blogs/architecture/
    exponential-backoff-and-jitter/), unless the server named one.
    """
    verdict = classify(error)
    if verdict is Verdict.REFUSE:
        return Decision(verdict)
    if verdict is Verdict.RETRY and failures + 1 >= max_failures:
        return Decision(Verdict.REFUSE)
    return Decision(verdict, now + _pause(error, failures, jitter))


def _pause(error: ClaudeError, failures: int, jitter: random.Random) -> timedelta:
    named = error.retry_after_s if isinstance(error, ClaudeStatusError) else None
    if named:
        # A little more than was asked for, and not all at the same moment.
        return timedelta(seconds=named * (1 + 0.1 * jitter.random()))
    return timedelta(seconds=jitter.uniform(0, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**failures)))
