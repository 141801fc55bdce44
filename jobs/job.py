"""A job: one request to Claude and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from claude.dialect import Dialect


class JobState(StrEnum):
    """Where a job stands; `docs/states.md` draws the moves between them."""

    WAITING = "waiting"
    """Will be queued when its `run_at` has come: a delayed start or a retry."""

    QUEUED = "queued"
    """May be claimed by any worker."""

    RUNNING = "running"
    """Claimed by one worker, under the job's current attempt."""

    SUCCEEDED = "succeeded"
    ERRORED = "errored"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """Whether the job has ended; a final state is left only by an explicit retry."""
        return self in FINAL_STATES


FINAL_STATES = frozenset({JobState.SUCCEEDED, JobState.ERRORED, JobState.CANCELED, JobState.EXPIRED})


class Priority(StrEnum):
    """How eager the caller is; also the weight with which a job competes for its lane."""

    INTERACTIVE = "interactive"
    NORMAL = "normal"
    BACKGROUND = "background"


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens and money that a job has used, over all of its attempts."""

    input_tokens: int = 0
    """Input tokens billed in full: neither written to nor read from the prompt cache."""
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    cost: float = 0.0
    """US dollars."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobError:
    """Why a job, or one attempt of it, did not succeed."""

    type: str
    """Claude's `error.type` where Claude spoke (`rate_limit_error`), else ours (`connection_error`)."""
    message: str
    status: int | None = None
    """The HTTP status, where there was an HTTP answer."""
    request_id: str | None = None
    """Claude's `request-id`, for their support."""
    details: str | None = None
    """Claude's `error.details` as JSON, where it sent any; kept for a job, not for each attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A row of the jobs table, without its request and response bodies."""

    id: str
    tenant: str
    batch_id: str | None
    custom_id: str | None
    """The caller's name for the job, unique within its batch."""
    dialect: Dialect
    model: str
    stream: bool
    """Whether the caller asked for a stream; its pieces are then kept as chunks."""
    priority: Priority
    state: JobState
    reason: str | None
    """Why the job is in this state, in a word (`retry`, `shutdown`, `worker_lost`, ...)."""
    attempt: int
    """How many times the job was claimed; only ever rises, and fences every write of a result."""
    failures: int
    """How many attempts failed by the job's own fault or Claude's; spent against `max_failures`."""
    max_failures: int
    max_time_s: float | None
    """Seconds after `first_started_at` for which it is tried again; None: until `expires_at`."""
    warnings: tuple[str, ...]
    """What the caller should know although the job was taken, one sentence each."""
    run_at: datetime | None
    """When a waiting job is due; None where it waits for money: see `reason`."""
    created_at: datetime
    first_started_at: datetime | None
    """When the first attempt was claimed; a retry at the caller's wish starts afresh."""
    started_at: datetime | None
    """When the latest attempt was claimed."""
    ended_at: datetime | None
    expires_at: datetime
    worker_id: str | None
    """The worker that claimed the latest attempt."""
    usage: Usage
    error: JobError | None
    """The latest error; kept while a retry is waiting, gone once the job succeeds."""


class NewJob(msgspec.Struct, frozen=True, kw_only=True):
    """A validated job on its way into the store; its times are in UTC."""

    id: str
    tenant: str
    batch_id: str | None
    custom_id: str | None
    dialect: Dialect
    model: str
    lane: str
    """The class in which Claude counts the model: jobs of one lane share their limits."""
    stream: bool
    priority: Priority
    body: str
    """The request's JSON, exactly as it came in."""
    headers: dict[str, str]
    """The caller's `anthropic-version` and `anthropic-beta`, sent upstream as given."""
    input_tokens_estimate: int
    max_failures: int
    created_at: datetime
    expires_at: datetime
    run_at: datetime | None = None
    """Set: the job starts out `waiting` until then."""
    max_time_s: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def state(self) -> JobState:
        """The state in which it comes into the store."""
        return JobState.WAITING if self.run_at else JobState.QUEUED

    def added(self) -> Job:
        """Return the job as it stands once it is in the store, so that it need not be read back."""
        return Job(
            id=self.id,
            tenant=self.tenant,
            batch_id=self.batch_id,
            custom_id=self.custom_id,
            dialect=self.dialect,
            model=self.model,
            stream=self.stream,
            priority=self.priority,
            state=self.state,
            reason=None,
            attempt=0,
            failures=0,
            max_failures=self.max_failures,
            max_time_s=self.max_time_s,
            warnings=self.warnings,
            run_at=self.run_at,
            created_at=self.created_at,
            first_started_at=None,
            started_at=None,
            ended_at=None,
            expires_at=self.expires_at,
            worker_id=None,
            usage=Usage(),
            error=None,
        )


class ClaimedJob(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker needs to run one attempt of a job that it has claimed."""

    id: str
    attempt: int
    failures: int
    max_failures: int
    tenant: str
    batch_id: str | None
    dialect: Dialect
    model: str
    stream: bool
    body: str
    headers: dict[str, str]
    expires_at: datetime
    """The end of its `max_time_s`, where that comes before: until then it may be tried again."""
    is_capped: bool = False
    """Whether its batch or its tenant has a budget."""
