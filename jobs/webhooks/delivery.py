"""A delivery: one event on its way to one address, and every attempt to bring it there."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventType(StrEnum):
    """What is told."""

    BATCH_ENDED = "batch.ended"
    """The last job of a batch has ended; a batch whose failed jobs are run again ends again."""
    EVAL_RUN_ENDED = "eval.run.ended"
    """An evaluation's run is graded, and it is no worse than the one before."""
    EVAL_RUN_WORSE = "eval.run.worse"
    """It is graded, and worse than the one before, or below its bar."""
    EVAL_RUN_FAILED = "eval.run.failed"
    """It could not be graded."""
    SCHEDULE_RUN_FAILED = "schedule.run.failed"
    """A schedule was due, and what it submits was refused."""


class DeliveryState(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up; it can be sent again by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """A delivery on its way into the store, in the transaction that makes its event true."""

    id: str
    """Sent as `webhook-id`, the same with every attempt."""
    tenant: str
    url: str
    event: EventType
    subject_id: str
    """What the event is about, a batch for example."""
    payload: str
    """The exact JSON that is signed and sent."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A row of the deliveries table, without its payload."""

    id: str
    tenant: str
    url: str
    event: EventType
    subject_id: str
    state: DeliveryState
    attempts: int
    """How many times it was tried; only ever rises, and fences what is written of an attempt."""
    created_at: datetime
    next_at: datetime | None
    """When it is tried next; while one is trying, when another may."""
    delivered_at: datetime | None
    last_status: int | None
    """The receiver's HTTP status, where it answered."""
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery:
    """What is needed to make one attempt at a delivery."""

    id: str
    attempt: int
    failures: int
    """Failed attempts since it was made, or sent again by hand."""
    tenant: str
    url: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempt:
    """One attempt; one without an end was cut off with its worker, or is under way."""

    attempt: int
    started_at: datetime
    ended_at: datetime | None
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOutcome:
    """What came of an attempt."""

    delivery_id: str
    attempt: int
    ended_at: datetime
    status: int | None = None
    error: str | None = None
    """Why it did not succeed; None if it did."""
    next_at: datetime | None = None
    """After a failure: when to try again; None gives up."""

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None
