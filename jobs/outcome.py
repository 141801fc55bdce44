"""The verdict on one attempt, as a value: judged first, written later."""

from datetime import datetime
from enum import StrEnum

import msgspec

from jobs.job import JobError, JobState, Usage


class Reason(StrEnum):
    """Why a job moved to the state it is in, where the state alone does not say it."""

    RETRY = "retry"
    """The attempt failed and another will follow."""
    FAILURES_SPENT = "failures_spent"
    """The attempt failed and the budget of failures is spent."""
    TIME_SPENT = "time_spent"
    """The attempt failed, and the next one would have come after the job's `max_time_s`, or `expires_at`."""
    LANE_PAUSED = "lane_paused"
    """Claude refuses the whole account: put back until that is in order, not failed."""
    REFUSED = "refused"
    """The failure is the request's own: trying again would not help."""
    SHUTDOWN = "shutdown"
    """The worker was told to stop; given back, not failed."""
    WORKER_LOST = "worker_lost"
    """The worker's heartbeat lapsed; another will run it."""
    CLAIM_LOST = "claim_lost"
    """The claim was committed but the worker never learned of it; given back, nothing was called."""
    CANCELED = "canceled"
    """The caller asked for it."""
    MAX_COST = "max_cost"
    """Its batch has cost as much as it may: waits until that is raised."""
    DAILY_BUDGET = "daily_budget"
    """Its tenant has spent the day's budget: waits for the next day, in UTC, or until that is raised."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a job after one attempt; written only where id, attempt and `running` still match."""

    job_id: str
    attempt: int
    state: JobState
    """`succeeded`, `errored`, `canceled`; `waiting` for another attempt; `queued` when it is given back."""
    ended_at: datetime
    reason: Reason | None = None
    run_at: datetime | None = None
    """With `waiting`: when to try again."""
    is_failure: bool = False
    """Whether the attempt counts against the job's budget of failures."""
    response: str | None = None
    """With `succeeded`: Claude's JSON, exactly as it came (a stream is put together to the same shape)."""
    error: JobError | None = None
    status: int | None = None
    request_id: str | None = None
    usage: Usage = msgspec.field(default_factory=Usage)
    """What this attempt used; zero where Claude did not say."""
