"""Endings: which jobs of a batch have ended, in the order in which that was committed."""

from dataclasses import dataclass

from jobs.job import JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedJob:
    """A job of a batch, as it ended."""

    id: str
    custom_id: str | None
    state: JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Endings:
    """Jobs of a batch that ended together."""

    seq: int
    """Counts up from 1 within the batch, without a gap."""
    jobs: list[EndedJob]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingPosition:
    """A place in a batch's endings: after number `seq`."""

    batch_id: str
    seq: int
