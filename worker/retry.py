"""What a failed attempt means for its job: a pure table, a budget of failures and one of time."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from claude.errors import ClaudeError, ClaudeStatusError
from jobs.outcome import Reason
from worker.meaning import Meaning, meaning_of

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0  # where the server names no other
PACED_WAIT_S = 2.0  # after a rate limit that does not say how long
PAUSED_WAIT_S = 5.0  # after a fault of the account: those jobs must not go round and round
LONGEST_WORD_S = 366 * 86_400.0  # what is longer is past any job's end, and dates have an end, too


class Verdict(StrEnum):
    """What follows from an error."""

    RETRY = "retry"
    """Try again later; costs one of the job's failures."""
    PACE = "pace"
    """Try again later; costs nothing."""
    PAUSE = "pause"
    """Put back until the account is in order; costs nothing."""
    REFUSE = "refuse"
    """Trying again would not help."""


VERDICTS = {
    Meaning.ACCOUNT: Verdict.PAUSE,
    Meaning.RATE: Verdict.PACE,
    Meaning.CROWD: Verdict.PACE,
    Meaning.OVERLOAD: Verdict.RETRY,
    Meaning.PASSING: Verdict.RETRY,
    Meaning.REQUEST: Verdict.REFUSE,
}
COSTLY = frozenset({Verdict.RETRY, Verdict.REFUSE})


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a job: another attempt at `run_at`, or the end."""

    reason: Reason
    is_failure: bool
    """Whether the attempt counts against the job's budget."""
    run_at: datetime | None = None


def classify(error: ClaudeError) -> Verdict:
    """Return what `error` alone says, whatever the job has been through.

    `x-should-retry` has the last word, but not on faults of the account.
    """
    verdict = VERDICTS[meaning_of(error)]
    asked = error.should_retry if isinstance(error, ClaudeStatusError) else None
    if asked is None or verdict is Verdict.PAUSE:
        return verdict
    if not asked:
        return Verdict.REFUSE
    return Verdict.RETRY if verdict is Verdict.REFUSE else verdict


def decide(
    error: ClaudeError,
    *,
    failures: int,
    max_failures: int,
    now: datetime,
    expires_at: datetime,
    jitter: random.Random,
) -> Decision:
    """Return what becomes of a job that has failed `failures` times before and now met `error`."""
    verdict = classify(error)
    is_failure = verdict in COSTLY
    if verdict is Verdict.REFUSE:
        return Decision(Reason.REFUSED, is_failure)
    if verdict is Verdict.RETRY and failures + 1 >= max_failures:
        return Decision(Reason.FAILURES_SPENT, is_failure)
    run_at = now + timedelta(seconds=_wait_s(verdict, _named_s(error), failures, jitter))
    if verdict is Verdict.PAUSE:
        return Decision(Reason.LANE_PAUSED, is_failure, run_at)
    if run_at >= expires_at:
        return Decision(Reason.TIME_SPENT, is_failure)
    return Decision(Reason.RETRY, is_failure, run_at)


def _named_s(error: ClaudeError) -> float:
    """Return how long the server asks to wait; 0 where it does not."""
    named = error.retry_after_s if isinstance(error, ClaudeStatusError) else None
    return min(named or 0.0, LONGEST_WORD_S)


def _wait_s(verdict: Verdict, named_s: float, failures: int, jitter: random.Random) -> float:
    """Return how long to wait: what the server named, else exponential with full jitter, up to a minute.

    Why full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """
    if verdict is Verdict.PAUSE:
        return PAUSED_WAIT_S * (1 + jitter.random())
    if named_s:
        # A little more than was asked for, and not all at the same moment.
        return named_s * (1 + 0.1 * jitter.random())
    if verdict is Verdict.PACE:
        return PACED_WAIT_S * (1 + jitter.random())
    return jitter.uniform(0, min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures, 30)))
