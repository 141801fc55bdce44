"""Small pieces of a stream put together into chunks worth a row."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

from claude.events import StreamEvent
from jobs.chunk import NewChunk
from jobs.job import ClaimedJob

PACE_S = 0.1  # between two chunks of a stream
LARGEST = 50  # events in one chunk


class Chunker:
    """Collects the events of one attempt and hands them on in order, a chunk at a time.

    What comes after a pause is handed on at once, together with what came in the same read.
    """

    def __init__(self, job: ClaimedJob, hand_on: Callable[[NewChunk], None]) -> None:
        self._job = job
        self._hand_on = hand_on
        self._loop = asyncio.get_running_loop()
        self._events: list[str] = []
        self._seq = 0
        self._next_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()

    def add(self, event: StreamEvent) -> None:
        """Take in `event`; it is handed on within `PACE_S`."""
        self._events.append(event.data)
        if len(self._events) >= LARGEST:
            self.flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(max(0.0, self._next_at - self._loop.time()), self.flush)

    def flush(self) -> None:
        """Hand on what was collected."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._events:
            self._seq += 1
            data = f"[{','.join(self._events)}]"
            self._hand_on(NewChunk(job_id=self._job.id, attempt=self._job.attempt, seq=self._seq, data=data))
            self._events = []
            self._next_at = self._loop.time() + PACE_S
