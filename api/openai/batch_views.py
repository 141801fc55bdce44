"""A batch as OpenAI shows it; source: `Batch` in the official SDK."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from api.openai.moments import unix, unix_or_none
from api.openai.result_files import ResultKind, result_file
from jobs.batch import Batch
from jobs.job import Usage
from jobs.openai_batch import LineError, OpenAIBatch

Status = Literal["in_progress", "completed", "failed", "expired", "cancelling", "cancelled"]
"""`validating` and `finalizing` are over before anybody can ask."""


class LineErrors(msgspec.Struct, frozen=True):
    """What is wrong with the input file: the first hundred faults."""

    data: list[LineError]
    object: Literal["list"] = "list"


class RequestCounts(msgspec.Struct, frozen=True):
    """How many requests stand where, as of now."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    """Failed, cancelled or expired."""


class CachedTokens(msgspec.Struct, frozen=True):
    """The part of the input that came from the prompt cache."""

    cached_tokens: int = 0


class ReasoningTokens(msgspec.Struct, frozen=True):
    """The part of the output that was thought; it is not counted for a batch as a whole."""

    reasoning_tokens: int = 0


class UsageView(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens of all requests that have ended."""

    input_tokens: int
    input_tokens_details: CachedTokens
    output_tokens: int
    output_tokens_details: ReasoningTokens
    total_tokens: int


class BatchObject(msgspec.Struct, frozen=True, kw_only=True):
    """A batch; times are in Unix seconds."""

    id: str
    object: Literal["batch"] = "batch"
    endpoint: str
    model: str | None
    errors: LineErrors | None = None
    input_file_id: str
    completion_window: str
    status: Status
    output_file_id: str | None = None
    error_file_id: str | None = None
    created_at: int
    in_progress_at: int | None = None
    expires_at: int | None = None
    finalizing_at: int | None = None
    completed_at: int | None = None
    failed_at: int | None = None
    expired_at: int | None = None
    cancelling_at: int | None = None
    cancelled_at: int | None = None
    request_counts: RequestCounts
    usage: UsageView | None = None
    metadata: dict[str, str] | None


class BatchList(msgspec.Struct, frozen=True):
    """One page of batches, newest first."""

    data: list[BatchObject]
    has_more: bool
    first_id: str | None
    last_id: str | None
    object: Literal["list"] = "list"


def view_batch(record: OpenAIBatch, batch: Batch | None, *, now: datetime) -> BatchObject:
    """Return a batch as OpenAI shows it; there is no `batch` where its file was refused."""
    shown = _refused(record) if batch is None else _accepted(record, batch, now)
    return BatchObject(
        id=record.id,
        endpoint=record.endpoint,
        model=record.model,
        input_file_id=record.input_file_id,
        completion_window=record.completion_window,
        created_at=unix(record.created_at),
        metadata=record.metadata,
        **shown,
    )


def _refused(record: OpenAIBatch) -> dict[str, Any]:
    return {
        "status": "failed",
        "errors": LineErrors(record.errors),
        "failed_at": unix(record.created_at),
        "request_counts": RequestCounts(),
    }


def _accepted(record: OpenAIBatch, batch: Batch, now: datetime) -> dict[str, Any]:
    status, counts = status_of(batch), batch.counts
    output, errors = (result_file(kind, record, batch, now=now) for kind in ResultKind)
    ended_at = unix_or_none(batch.ended_at)
    ending = {f"{status}_at": ended_at} if ended_at is not None else {}
    return {
        "status": status,
        "output_file_id": output.id if output else None,
        "error_file_id": errors.id if errors else None,
        "in_progress_at": unix(batch.created_at),
        "expires_at": unix(batch.expires_at),
        "finalizing_at": ended_at,
        "cancelling_at": unix_or_none(batch.cancel_requested_at),
        "request_counts": RequestCounts(counts.total, counts.succeeded, counts.ended - counts.succeeded),
        "usage": _usage(batch.usage),
        **ending,
    }


def status_of(batch: Batch) -> Status:
    """Return OpenAI's word for where the batch stands."""
    if batch.ended_at is None:
        return "cancelling" if batch.cancel_requested_at else "in_progress"
    if batch.cancel_requested_at:
        return "cancelled"
    return "expired" if batch.counts.expired else "completed"


def _usage(usage: Usage) -> UsageView:
    read = usage.input_tokens + usage.cache_write_tokens + usage.cache_read_tokens
    return UsageView(
        input_tokens=read,
        input_tokens_details=CachedTokens(usage.cache_read_tokens),
        output_tokens=usage.output_tokens,
        output_tokens_details=ReasoningTokens(),
        total_tokens=read + usage.output_tokens,
    )
