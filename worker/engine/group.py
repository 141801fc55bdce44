"""What the recorder writes in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from jobs.chunk import NewChunk
from jobs.job import ClaimedJob
from jobs.outcome import Outcome


@dataclass(slots=True)
class Claim:
    """A wish for jobs, and who waits for them."""

    job_ids: Sequence[str]
    loop: asyncio.AbstractEventLoop
    claimed: "asyncio.Future[list[ClaimedJob]]"

    def resolve(self, jobs: list[ClaimedJob]) -> None:
        """Hand over the jobs, from any thread."""
        self.loop.call_soon_threadsafe(_set_result, self.claimed, jobs)

    def refuse(self, error: Exception) -> None:
        """Say why there are none, from any thread."""
        self.loop.call_soon_threadsafe(_set_exception, self.claimed, error)


@dataclass(slots=True)
class Group:
    """What one transaction writes."""

    claims: list[Claim] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    chunks: list[NewChunk] = field(default_factory=list)
    in_flight: int | None = None
    """With a heartbeat due: how many calls are in flight."""

    def __bool__(self) -> bool:
        return bool(self.claims or self.outcomes or self.chunks or self.in_flight is not None)


def _set_result(future: "asyncio.Future[list[ClaimedJob]]", jobs: list[ClaimedJob]) -> None:
    if not future.done():
        future.set_result(jobs)


def _set_exception(future: "asyncio.Future[list[ClaimedJob]]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
