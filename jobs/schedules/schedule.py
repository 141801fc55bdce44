"""A schedule: what is submitted again and again, when, and what became of each due time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MOST_QUEUED = 100  # runs of one schedule


class ScheduleState(StrEnum):
    """Where a schedule stands."""

    ACTIVE = "active"
    PAUSED = "paused"
    """Its due times pass until it is resumed."""
    ENDED = "ended"
    """It has no due time any more."""


class ScheduleKind(StrEnum):
    """What a schedule submits."""

    REQUESTS = "requests"
    """A batch of the same requests."""
    EVALUATION = "evaluation"
    """A run of an evaluation."""


class MissedPolicy(StrEnum):
    """What becomes of due times that passed while nobody was there to run them."""

    LATEST = "latest"
    """The last of them is made up for."""
    SKIP = "skip"
    ALL = "all"
    """All of them are made up for, up to a cap, one after the other."""


class OverlapPolicy(StrEnum):
    """What becomes of a due time that comes while the run before is still going."""

    SKIP = "skip"
    QUEUE = "queue"
    """It runs when the one before has ended."""
    CANCEL_PREVIOUS = "cancel_previous"


class RunState(StrEnum):
    """What became of a due time."""

    QUEUED = "queued"
    """It waits for the end of the run before."""
    STARTED = "started"
    SKIPPED = "skipped"
    FAILED = "failed"
    """What the schedule submits was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When a schedule is due: by a cron expression in a time zone, or in even steps."""

    cron: str | None = None
    time_zone: str = "UTC"
    """IANA's name; what the cron expression says is local time there."""
    every: timedelta | None = None
    start_at: datetime | None = None
    """No due time is before it; even steps are counted from it."""
    end_at: datetime | None = None
    """No due time is after it."""
    jitter: timedelta = timedelta()
    """Each due time runs up to this much later, always the same for the same due time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A row of the schedules table, without what it submits."""

    id: str
    tenant: str
    name: str
    """Unique among the tenant's."""
    kind: ScheduleKind
    timetable: Timetable
    missed: MissedPolicy
    overlap: OverlapPolicy
    state: ScheduleState
    created_at: datetime
    decided_until: datetime
    """What becomes of every due time up to here is settled."""
    next_at: datetime | None
    """When the next due time is run, its jitter included."""
    missed_count: int = 0
    """Due times that were passed over because nobody was there in time."""
    last_due_at: datetime | None = None
    """The due time of the run that was started last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRun:
    """What became of a due time; there is one at most for each."""

    schedule_id: str
    due_at: datetime
    state: RunState
    decided_at: datetime
    """When it was started, queued, skipped, or failed."""
    is_triggered: bool = False
    """Whether somebody asked for it, so that `due_at` is when that was."""
    batch_id: str | None = None
    eval_run_id: str | None = None
    reason: str | None = None
    """Why it was skipped, or what was wrong."""
