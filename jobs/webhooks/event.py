"""The payloads of events, as the specification lays them out: type, timestamp, data."""

from datetime import datetime
from typing import Literal

import msgspec

from claude.dialect import Dialect
from jobs.batch import Batch, BatchCounts
from jobs.ids import DELIVERY_PREFIX, IDS
from jobs.job import Usage
from jobs.schedules.schedule import Schedule, ScheduleRun
from jobs.webhooks.delivery import EventType, NewDelivery


class EndedBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch as `GET /v1/batches/{id}` shows it, without its bodies; the results are fetched there."""

    id: str
    name: str | None
    format: Dialect
    state: Literal["ended"] = "ended"
    counts: BatchCounts
    usage: Usage
    created_at: datetime
    ended_at: datetime
    expires_at: datetime
    cancel_requested_at: datetime | None


class EndedEvalRun(msgspec.Struct, frozen=True, kw_only=True):
    """An evaluation's run as `GET /v1/evaluations/runs/{id}` shows it, in short."""

    id: str
    evaluation: str
    """The evaluation's name."""
    version: int
    state: str
    verdict: str | None
    """`worse`, `better`, `cannot_tell`, or `first`."""
    reason: str
    """One sentence, with the numbers."""
    compared_with: str | None
    """The run before."""
    scores: dict[str, float | None]
    """The mean of the overall score, by model and parameters."""
    created_at: datetime
    ended_at: datetime


class FailedScheduleRun(msgspec.Struct, frozen=True, kw_only=True):
    """A due time at which nothing could be submitted."""

    schedule_id: str
    schedule: str
    """Its name."""
    due_at: datetime
    state: Literal["failed"] = "failed"
    reason: str | None
    failed_at: datetime


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent."""

    type: EventType
    timestamp: datetime
    """When it came about, not when it is sent."""
    data: EndedBatch | EndedEvalRun | FailedScheduleRun


def eval_run_ended(run: EndedEvalRun, *, kind: EventType, tenant: str, url: str) -> NewDelivery:
    """Return what tells a run's webhook that it is graded, or could not be."""
    event = Event(type=kind, timestamp=run.ended_at, data=run)
    return NewDelivery(
        id=IDS.make(DELIVERY_PREFIX),
        tenant=tenant,
        url=url,
        event=kind,
        subject_id=run.id,
        payload=msgspec.json.encode(event).decode(),
        created_at=run.ended_at,
    )


def schedule_run_failed(schedule: Schedule, run: ScheduleRun, *, url: str) -> NewDelivery:
    """Return what tells a schedule's webhook that a run could not be submitted."""
    data = FailedScheduleRun(
        schedule_id=schedule.id,
        schedule=schedule.name,
        due_at=run.due_at,
        reason=run.reason,
        failed_at=run.decided_at,
    )
    event = Event(type=EventType.SCHEDULE_RUN_FAILED, timestamp=run.decided_at, data=data)
    return NewDelivery(
        id=IDS.make(DELIVERY_PREFIX),
        tenant=schedule.tenant,
        url=url,
        event=event.type,
        subject_id=schedule.id,
        payload=msgspec.json.encode(event).decode(),
        created_at=run.decided_at,
    )


def batch_ended(batch: Batch) -> NewDelivery:
    """Return what tells the batch's webhook that it has ended; it has one, and it has."""
    if batch.webhook is None or batch.ended_at is None:
        raise AssertionError
    data = EndedBatch(
        id=batch.id,
        name=batch.name,
        format=batch.dialect,
        counts=batch.counts,
        usage=batch.usage,
        created_at=batch.created_at,
        ended_at=batch.ended_at,
        expires_at=batch.expires_at,
        cancel_requested_at=batch.cancel_requested_at,
    )
    event = Event(type=EventType.BATCH_ENDED, timestamp=batch.ended_at, data=data)
    return NewDelivery(
        id=IDS.make(DELIVERY_PREFIX),
        tenant=batch.tenant,
        url=batch.webhook,
        event=event.type,
        subject_id=batch.id,
        payload=msgspec.json.encode(event).decode(),
        created_at=batch.ended_at,
    )
