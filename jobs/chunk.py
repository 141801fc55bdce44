"""A chunk: one piece of a streamed answer, kept in the order in which it came."""

from dataclasses import dataclass, field
from typing import NamedTuple

from jobs.job import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChunk:
    """A chunk on its way into the store; keyed by job, attempt and number."""

    job_id: str
    attempt: int
    """The attempt it belongs to: a retried stream starts again under a new one."""
    seq: int
    """Counts from 1 within the attempt."""
    data: str
    """Claude's events as a JSON array, in the order in which they came."""


class ChunkPosition(NamedTuple):
    """A place in a streamed answer: after chunk `seq` of an attempt."""

    job_id: str
    attempt: int
    seq: int


@dataclass(slots=True)
class Progress:
    """How far a job has come, for one who stands at a position."""

    state: JobState
    reason: str | None
    attempt: int
    pieces: list[tuple[int, str]] = field(default_factory=list)
    """Number and data of the next chunks of that attempt, from its start if the position is in another."""
