"""Jobs and batches as the native dialect shows them."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from api.native.held import Held
from claude.dialect import Dialect
from jobs.attempt import Attempt
from jobs.batch import Batch, BatchCounts
from jobs.job import Job, JobError, JobState, Priority, Usage
from jobs.lanes import LaneStatus

BatchState = Literal["running", "canceling", "ended"]


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job without its bodies."""

    id: str
    tenant: str
    batch_id: str | None
    custom_id: str | None
    format: Dialect
    model: str
    stream: bool
    priority: Priority
    state: JobState
    reason: str | None
    attempt: int
    failures: int
    max_failures: int
    max_time_s: float | None
    warnings: tuple[str, ...]
    run_at: datetime | None
    created_at: datetime
    first_started_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime
    worker_id: str | None
    usage: Usage
    error: JobError | None


class JobDetail(JobView, frozen=True, kw_only=True):
    """A job with what came in, what came back, and every attempt at it."""

    request: Any
    """The request's JSON, exactly as it came in."""
    response: Any
    """Claude's JSON, exactly as it came back; null until the job has succeeded."""
    completion: Any
    """The same in OpenAI's format, for a job that came in that format."""
    attempts: list[Attempt]


class JobPage(msgspec.Struct, frozen=True):
    """One page of jobs, newest first."""

    data: list[JobView]
    next_cursor: str | None


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with its live counts."""

    id: str
    name: str | None
    format: Dialect
    state: BatchState
    counts: BatchCounts
    usage: Usage
    max_cost: float | None
    """US dollars: once `usage.cost` is as much, no job of the batch is started."""
    webhook: str | None
    """The URL that is told when the batch has ended."""
    created_at: datetime
    ended_at: datetime | None
    expires_at: datetime
    cancel_requested_at: datetime | None


class BatchDetail(BatchView, frozen=True, kw_only=True):
    """A batch, with what holds it up."""

    paused_lanes: list[LaneStatus]
    """While the batch runs: the lanes that a fault of the account has paused, each with the reason."""
    held: Held | None
    """While the batch runs: the budget that is spent, so that none of its jobs is started."""


class LaneList(msgspec.Struct, frozen=True):
    """Lanes, by name."""

    data: list[LaneStatus]


class BatchPage(msgspec.Struct, frozen=True):
    """One page of batches, newest first."""

    data: list[BatchView]
    next_cursor: str | None


class DeletedBatch(msgspec.Struct, frozen=True):
    """What is left of a deleted batch."""

    id: str
    deleted: Literal[True] = True


def view_job(job: Job) -> JobView:
    """Return `job` as it is shown in lists."""
    return JobView(**_job_fields(job))


def view_job_in_full(
    job: Job, *, request: str | None, response: str | None, completion: object, attempts: list[Attempt]
) -> JobDetail:
    """Return `job` with its bodies spliced in as the JSON text that they are."""
    return JobDetail(
        **_job_fields(job),
        request=raw_or_none(request),
        response=raw_or_none(response),
        completion=completion,
        attempts=attempts,
    )


def raw_or_none(text: str | None) -> msgspec.Raw | None:
    """Return JSON text such that encoding copies it verbatim."""
    return None if text is None else msgspec.Raw(text)


def _job_fields(job: Job) -> dict[str, Any]:
    fields = {name: getattr(job, name) for name in JobView.__struct_fields__ if name != "format"}
    return fields | {"format": job.dialect}


def view_batch(batch: Batch) -> BatchView:
    """Return `batch` as it is shown in lists."""
    return BatchView(**_batch_fields(batch))


def view_batch_in_full(batch: Batch, paused_lanes: list[LaneStatus], held: Held | None) -> BatchDetail:
    """Return `batch` with the lanes and the budget that hold it up."""
    return BatchDetail(**_batch_fields(batch), paused_lanes=paused_lanes, held=held)


def _batch_fields(batch: Batch) -> dict[str, Any]:
    return {
        "id": batch.id,
        "name": batch.name,
        "format": batch.dialect,
        "state": _batch_state(batch),
        "counts": batch.counts,
        "usage": batch.usage,
        "max_cost": batch.max_cost,
        "webhook": batch.webhook,
        "created_at": batch.created_at,
        "ended_at": batch.ended_at,
        "expires_at": batch.expires_at,
        "cancel_requested_at": batch.cancel_requested_at,
    }


def _batch_state(batch: Batch) -> BatchState:
    if batch.ended_at:
        return "ended"
    return "canceling" if batch.cancel_requested_at else "running"
