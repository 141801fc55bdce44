"""What somebody who follows a job is told, in the order in which it happens."""

from dataclasses import dataclass
from typing import TypeAlias

from jobs.batch import Batch
from jobs.job import Job


@dataclass(frozen=True, slots=True)
class Position:
    """How far a follower has come."""

    attempt: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Pieces:
    """The next chunk of a streamed answer."""

    attempt: int
    seq: int
    events: list[str]
    """Claude's own events, each the JSON that it is."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The answer starts again under a new attempt: what came before is void."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The job is in another state, or for another reason."""

    job: Job


@dataclass(frozen=True, slots=True)
class Ended:
    """The job has ended; nothing follows."""

    job: Job


@dataclass(frozen=True, slots=True)
class BatchMoved:
    """The batch as it stands; nothing follows once it has ended."""

    batch: Batch


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing has happened for a while: time to keep the connection awake."""


JobEvent: TypeAlias = Pieces | Reset | Moved | Ended | Quiet
BatchEvent: TypeAlias = BatchMoved | Quiet
