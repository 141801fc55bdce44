"""What is kept beside a job's row: its request, its response, and both ends of a result."""

from dataclasses import dataclass

from jobs.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRequest:
    """A job's request, as it came in."""

    body: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResponse:
    """Claude's answer to a job that succeeded."""

    attempt: int
    body: str
    """Exact JSON; a stream is put together to the same shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """A job that has ended, with what came of it."""

    job: Job
    response: str | None
    """Claude's JSON, where the job succeeded; otherwise `job.error` and `job.state` say why not."""
