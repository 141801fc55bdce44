"""A chunk: one piece of a streamed answer, kept in the order in which it came."""

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkPosition:
    """A place in a streamed answer: after chunk `seq` of an attempt."""

    job_id: str
    attempt: int
    seq: int
