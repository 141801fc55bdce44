"""A batch: jobs that were submitted together and are counted together."""

from dataclasses import dataclass
from datetime import datetime

from claude.dialect import Dialect
from jobs.job import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCounts:
    """How many jobs of a batch stand where; the seven sum to `total`."""

    total: int = 0
    waiting: int = 0
    queued: int = 0
    running: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0

    @property
    def ended(self) -> int:
        """Return how many jobs have come to an end of any kind."""
        return self.succeeded + self.errored + self.canceled + self.expired


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A row of the batches table with its live counts."""

    id: str
    tenant: str
    dialect: Dialect
    """The format its requests came in."""
    name: str | None
    counts: BatchCounts
    usage: Usage
    max_cost: float | None
    """US dollars: once `usage.cost` is as much, no job of the batch is started."""
    webhook: str | None
    """The URL that is told when the batch has ended."""
    created_at: datetime
    expires_at: datetime
    cancel_requested_at: datetime | None
    ended_at: datetime | None
    """When its last job ended; the results are complete from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBatch:
    """A batch on its way into the store, written in one transaction with its jobs."""

    id: str
    tenant: str
    dialect: Dialect
    name: str | None
    total: int
    created_at: datetime
    expires_at: datetime
    max_cost: float | None = None
    webhook: str | None = None
