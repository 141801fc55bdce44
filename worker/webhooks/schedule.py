"""When a delivery that failed is tried again: a pure table of about a day."""

import random
from datetime import datetime, timedelta

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=6),
)
"""After the first failure, the second, ...; the specification's own example, ended after a day."""
JITTER = 0.1
LONGEST_WORD = timedelta(days=1)
GONE = 410


def next_attempt_at(
    now: datetime, *, failures: int, status: int | None, retry_after: timedelta | None, jitter: random.Random
) -> datetime | None:
    """Return when to try again after the failure number `failures`; None gives up.

    A receiver that is gone (410) is not asked again; one that names a time is not asked sooner.
    """
    if status == GONE or failures > len(WAITS):
        return None
    wait = WAITS[failures - 1] * (1 + JITTER * jitter.random())
    return now + max(wait, min(retry_after or timedelta(), LONGEST_WORD))
