"""What a writer writes in one transaction."""

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

    @property
    def wished(self) -> list[str]:
        """The ids of the jobs that are to be claimed, each once."""
        return list(dict.fromkeys(job_id for claim in self.claims for job_id in claim.job_ids))

    def resolve_claims(self, claimed: Sequence[ClaimedJob]) -> None:
        """Hand over what was claimed; a job that two claims wish for is the first one's."""
        jobs = {job.id: job for job in claimed}
        for claim in self.claims:
            wished = (jobs.pop(job_id, None) for job_id in claim.job_ids)
            claim.resolve([job for job in wished if job is not None])

    def __bool__(self) -> bool:
        return bool(self.claims or self.outcomes or self.chunks or self.in_flight is not None)


def _set_result(future: "asyncio.Future[list[ClaimedJob]]", jobs: list[ClaimedJob]) -> None:
    if not future.done():
        future.set_result(jobs)


def _set_exception(future: "asyncio.Future[list[ClaimedJob]]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
