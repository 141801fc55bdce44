"""What the server tells about schedules, as typed values."""

import msgspec

from promptmill.records import Counts, Page


class ScheduleRun(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a due time; times are RFC 3339."""

    due_at: str
    state: str
    """`queued`, `started`, `skipped` or `failed`."""
    decided_at: str
    """When it was started, queued, skipped, or failed."""
    is_triggered: bool = False
    """Whether somebody asked for it, so that `due_at` is when that was."""
    batch_id: str | None = None
    eval_run_id: str | None = None
    outcome: str | None = None
    """The state of the batch or the evaluation's run."""
    counts: Counts | None = None
    """Of the batch."""
    verdict: str | None = None
    """Of the evaluation's run: `worse`, `better`, `cannot_tell`, `first`."""
    reason: str | None = None
    """Why it was skipped, what was wrong, or one sentence on the verdict."""


class ScheduleRunPage(Page[ScheduleRun], frozen=True, kw_only=True):
    """One page of a schedule's runs, the latest due first."""


class Recurring(msgspec.Struct, frozen=True, kw_only=True):
    """What a schedule submits, in short."""

    name: str | None = None
    """Of the evaluation."""
    requests: int | None = None
    """How many the batch has."""
    max_cost: float | None = None
    """US dollars, each time."""
    webhook: str | None = None


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """What is submitted again and again, and when; times are RFC 3339."""

    id: str
    name: str
    kind: str
    """`batch` or `evaluation`."""
    state: str
    """`active`, `paused` or `ended`."""
    cron: str | None = None
    time_zone: str = "UTC"
    every_s: float | None = None
    start_at: str | None = None
    end_at: str | None = None
    jitter_s: float = 0.0
    missed: str
    overlap: str
    created_at: str
    next_at: str | None = None
    """When the next due time is run, its jitter included."""
    missed_count: int = 0
    """Due times that were passed over because nobody was there in time."""
    last_run: ScheduleRun | None = None
    submits: Recurring | None = None
    """Only where one schedule is fetched, as the next."""
    upcoming: list[str] = []
    """The next five due times, without jitter."""


class SchedulePage(Page[Schedule], frozen=True, kw_only=True):
    """One page of schedules, by name."""


class RemovedSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule that is no more."""

    id: str
    name: str
