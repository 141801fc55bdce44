"""A batch as Anthropic shows it; source: `MessageBatch` in the official SDK."""

from typing import Literal

import msgspec

from api.anthropic.moments import rfc3339, rfc3339_or_none
from jobs.batch import Batch, BatchCounts


class RequestCounts(msgspec.Struct, frozen=True):
    """How the requests ended; until all have, every one counts as `processing`."""

    processing: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0


class MessageBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A message batch."""

    id: str
    type: Literal["message_batch"] = "message_batch"
    processing_status: Literal["in_progress", "canceling", "ended"]
    request_counts: RequestCounts
    created_at: str
    expires_at: str
    ended_at: str | None
    cancel_initiated_at: str | None
    archived_at: str | None = None
    results_url: str | None
    """Set once the batch has ended; on the host that the caller used."""


class MessageBatchPage(msgspec.Struct, frozen=True):
    """One page of the list, newest first."""

    data: list[MessageBatch]
    has_more: bool
    first_id: str | None
    last_id: str | None


class DeletedMessageBatch(msgspec.Struct, frozen=True):
    """What is left of a deleted batch."""

    id: str
    type: Literal["message_batch_deleted"] = "message_batch_deleted"


def view_batch(batch: Batch, *, own_url: str) -> MessageBatch:
    """Return `batch` as Anthropic shows it; `own_url` is this server's address as the caller knows it."""
    results_url = f"{own_url}/v1/messages/batches/{batch.id}/results" if batch.ended_at else None
    return MessageBatch(
        id=batch.id,
        processing_status=_status(batch),
        request_counts=_counts(batch.counts, ended=batch.ended_at is not None),
        created_at=rfc3339(batch.created_at),
        expires_at=rfc3339(batch.expires_at),
        ended_at=rfc3339_or_none(batch.ended_at),
        cancel_initiated_at=rfc3339_or_none(batch.cancel_requested_at),
        results_url=results_url,
    )


def _status(batch: Batch) -> Literal["in_progress", "canceling", "ended"]:
    if batch.ended_at:
        return "ended"
    return "canceling" if batch.cancel_requested_at else "in_progress"


def _counts(counts: BatchCounts, *, ended: bool) -> RequestCounts:
    if not ended:
        return RequestCounts(processing=counts.total)
    return RequestCounts(
        succeeded=counts.succeeded,
        errored=counts.errored,
        canceled=counts.canceled,
        expired=counts.expired,
    )
