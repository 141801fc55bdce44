"""What is run of the due times that have come, when some may have been missed: a pure function."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.schedules.schedule import MissedPolicy

LATE_AFTER = timedelta(minutes=1)  # a restart or a failover is no outage: everything due since then is run
MOST_MADE_UP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a backlog of due times."""

    passed_over: Sequence[datetime]
    """These are missed for good; all of them are before those that run."""
    to_run: Sequence[datetime]
    is_made_up: bool = False
    """Whether those that run were missed, and run one after the other now."""


def decide(backlog: Sequence[datetime], *, now: datetime, missed: MissedPolicy) -> Decision:
    """Decide about due times that have come and of which nothing is decided yet; `backlog` is in order."""
    if not backlog or now - backlog[0] <= LATE_AFTER:
        return Decision(passed_over=[], to_run=backlog)
    keep = 1
    if missed is MissedPolicy.ALL:
        keep = MOST_MADE_UP
    elif missed is MissedPolicy.SKIP and now - backlog[-1] > LATE_AFTER:
        keep = 0
    cut = max(len(backlog) - keep, 0)
    return Decision(passed_over=backlog[:cut], to_run=backlog[cut:], is_made_up=missed is MissedPolicy.ALL)
