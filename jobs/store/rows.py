"""Rows turned into the vocabulary."""

from typing import Any

import msgspec
from sqlalchemy import Row

from claude.dialect import Dialect
from jobs.attempt import Attempt
from jobs.batch import Batch, BatchCounts
from jobs.job import Job, JobError, JobState, Priority, Usage

AnyRow = Row[*tuple[Any, ...]]
"""A row of any shape."""


def job_from(row: AnyRow) -> Job:
    """Return the job in a row of the jobs table."""
    return Job(
        id=row.id,
        tenant=row.tenant,
        batch_id=row.batch_id,
        custom_id=row.custom_id,
        dialect=Dialect(row.dialect),
        model=row.model,
        stream=row.stream,
        priority=Priority(row.priority),
        state=JobState(row.state),
        reason=row.reason,
        attempt=row.attempt,
        failures=row.failures,
        max_failures=row.max_failures,
        max_time_s=row.max_time_s,
        warnings=_warnings_from(row.warnings),
        run_at=row.run_at,
        created_at=row.created_at,
        first_started_at=row.first_started_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        expires_at=row.expires_at,
        worker_id=row.worker_id,
        usage=usage_from(row),
        error=_error_from(
            row.error_type, row.error_message, row.error_status, row.error_request_id, row.error_details
        ),
    )


def attempt_from(row: AnyRow) -> Attempt:
    """Return the attempt in a row of the attempts table."""
    return Attempt(
        job_id=row.job_id,
        attempt=row.attempt,
        worker_id=row.worker_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        state=row.state and JobState(row.state),
        reason=row.reason,
        is_failure=row.is_failure,
        status=row.status,
        request_id=row.request_id,
        error=_error_from(row.error_type, row.error_message, row.status, row.request_id),
        usage=usage_from(row),
    )


def batch_from(row: AnyRow, *, waiting: int, running: int) -> Batch:
    """Return the batch in a row of the batches table; what is not counted anywhere else is queued."""
    ended = row.succeeded + row.errored + row.canceled + row.expired
    counts = BatchCounts(
        total=row.total,
        waiting=waiting,
        queued=max(row.total - ended - waiting - running, 0),
        running=running,
        succeeded=row.succeeded,
        errored=row.errored,
        canceled=row.canceled,
        expired=row.expired,
    )
    return Batch(
        id=row.id,
        tenant=row.tenant,
        dialect=Dialect(row.dialect),
        name=row.name,
        counts=counts,
        usage=usage_from(row),
        max_cost=row.max_cost,
        webhook=row.webhook,
        created_at=row.created_at,
        expires_at=row.expires_at,
        cancel_requested_at=row.cancel_requested_at,
        ended_at=row.ended_at,
    )


def _warnings_from(text: str | None) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...]) if text else ()


def usage_from(row: AnyRow) -> Usage:
    """Return the usage in a row that has its columns."""
    return Usage(
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cache_write_tokens=row.cache_write_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cost=row.cost,
    )


def _error_from(
    kind: str | None,
    message: str | None,
    status: int | None,
    request_id: str | None,
    details: str | None = None,
) -> JobError | None:
    if kind is None:
        return None
    return JobError(type=kind, message=message or "", status=status, request_id=request_id, details=details)
