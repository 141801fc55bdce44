"""What somebody who follows a job is told, in the order in which it happens."""

from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from jobs.batch import Batch
from jobs.ending import Endings
from jobs.job import Job

_decode = msgspec.json.Decoder(list[msgspec.Raw]).decode


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
    data: str
    """Claude's own events, as a JSON array."""

    @property
    def events(self) -> list[str]:
        """The events, each the JSON that it is."""
        return [bytes(raw).decode() for raw in _decode(self.data)]


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
class JobsEnded:
    """Jobs of the batch have ended."""

    endings: Endings


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing has happened for a while: time to keep the connection awake."""


JobEvent: TypeAlias = Pieces | Reset | Moved | Ended | Quiet
BatchEvent: TypeAlias = BatchMoved | JobsEnded | Quiet
