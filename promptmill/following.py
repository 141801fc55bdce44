"""What a server pushes about a job or a batch, over as many connections as it takes."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

import httpx
import msgspec

from claude.sse import SseDecoder, SseEvent
from promptmill.asks import batch_path, job_path
from promptmill.records import Batch, Job, JsonObject
from promptmill.waiting import Patience

T = TypeVar("T")
SILENCE_S = 60.0  # a server that lives says something every 15 s
COME_BACK_S = 0.1
ENDED = "ended"


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """The next piece of a streamed answer."""

    attempt: int
    seq: int
    """Counts from 1 within the attempt."""
    events: list[JsonObject]
    """Claude's own events, in the order in which they came."""

    @property
    def text(self) -> str:
        """The words in it."""
        return "".join(_text_of(event) for event in self.events)


class Reset(msgspec.Struct, frozen=True, kw_only=True):
    """The answer starts again: the chunks that came before are void."""

    attempt: int


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The job is in another state."""

    job: Job


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """The job has ended; nothing follows."""

    job: Job
    """Without its bodies."""


JobEvent: TypeAlias = Chunk | Reset | Moved | Ended


class EndedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job of a batch, as it ended."""

    id: str
    custom_id: str | None = None
    state: str


class Following(Generic[T]):
    """Knows where one who follows stands, whoever carries the bytes."""

    def __init__(
        self,
        path: str,
        read: Callable[[SseEvent], T | None],
        *,
        query: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> None:
        self.path = path
        self._query = query or {}
        self.patience = Patience()
        self._read = read
        self._end = math.inf if timeout_s is None else time.monotonic() + timeout_s
        self._last_id = ""
        self._has_ended = False
        self._decoder = SseDecoder()

    @property
    def is_over(self) -> bool:
        """Whether nothing follows any more, or the time is over."""
        return self._has_ended or time.monotonic() >= self._end

    def connect(self) -> dict[str, Any]:
        """Begin anew on another connection; return what it is opened with."""
        self._decoder = SseDecoder()
        silence_s = max(0.01, min(SILENCE_S, self._end - time.monotonic()))
        return {
            "params": self._query,
            "headers": {"last-event-id": self._last_id} if self._last_id else {},
            "timeout": httpx.Timeout(30, connect=5, read=silence_s),
        }

    def feed(self, piece: bytes) -> Iterator[T]:
        """Take the next bytes and yield the events that they complete."""
        self.patience.renew()
        for event in self._decoder.feed(piece):
            told = self._read(event)
            self._last_id = event.id or self._last_id
            self._has_ended = self._has_ended or event.name == ENDED
            if told is not None:
                yield told


def following_job(job_id: str, timeout_s: float | None) -> "Following[JobEvent]":
    """Follow a job from its start."""
    return Following(job_path(job_id, "events"), _job_event, timeout_s=timeout_s)


def following_batch(batch_id: str) -> Following[Batch]:
    """Follow a batch from as it stands now."""
    return Following(batch_path(batch_id, "events"), _batch, query={"jobs": "false"})


def following_endings(batch_id: str) -> Following[list[EndedJob]]:
    """Follow a batch's jobs as they end, from the first."""
    return Following(batch_path(batch_id, "events"), _ended_jobs)


def _job_event(event: SseEvent) -> JobEvent | None:
    match event.name:
        case "chunk":
            attempt, seq = map(int, event.id.split("."))
            events = msgspec.json.decode(event.data, type=list[JsonObject])
            return Chunk(attempt=attempt, seq=seq, events=events)
        case "reset":
            return msgspec.json.decode(event.data, type=Reset)
        case "state":
            return Moved(job=msgspec.json.decode(event.data, type=Job))
        case "ended":
            return Ended(job=msgspec.json.decode(event.data, type=Job))
    return None


def _batch(event: SseEvent) -> Batch | None:
    return msgspec.json.decode(event.data, type=Batch) if event.name in {"progress", ENDED} else None


def _ended_jobs(event: SseEvent) -> list[EndedJob] | None:
    return msgspec.json.decode(event.data, type=list[EndedJob]) if event.name == "jobs" else None


def _text_of(event: JsonObject) -> str:
    delta = event.get("delta")
    if isinstance(delta, dict) and delta.get("type") == "text_delta":
        return str(delta.get("text") or "")
    return str(event.get("completion") or "")
