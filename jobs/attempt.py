"""An attempt: one run of a job by one worker, written before the call so that nothing is paid for unseen."""

from dataclasses import dataclass
from datetime import datetime

from jobs.job import JobError, JobState, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A row of the attempts table."""

    job_id: str
    attempt: int
    """Counts from 1."""
    worker_id: str
    started_at: datetime
    ended_at: datetime | None
    """Not set: still running."""
    state: JobState | None
    """The state that the job went to when the attempt ended."""
    reason: str | None
    is_failure: bool
    """Whether it counted against the job's budget of failures."""
    status: int | None
    """The HTTP status of Claude's answer, where there was one."""
    request_id: str | None
    error: JobError | None
    usage: Usage
