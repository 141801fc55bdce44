"""What the server tells about batches, jobs and results, as typed values."""

from typing import Any, Generic, TypeVar

import msgspec

JsonObject = dict[str, Any]
T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list, newest first."""

    data: list[T]
    next_cursor: str | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many jobs of a batch stand where."""

    total: int = 0
    waiting: int = 0
    queued: int = 0
    running: int = 0
    succeeded: int = 0
    errored: int = 0
    canceled: int = 0
    expired: int = 0

    @property
    def ended(self) -> int:
        """Return how many have come to an end of any kind."""
        return self.succeeded + self.failed

    @property
    def failed(self) -> int:
        """Return how many ended without an answer."""
        return self.errored + self.canceled + self.expired


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens and money."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    cost: float = 0.0
    """US dollars."""

    @property
    def tokens(self) -> int:
        """Return all tokens, read and written, cached or not."""
        return self.input_tokens + self.output_tokens + self.cache_write_tokens + self.cache_read_tokens


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """How a lane to Claude stands: one account and one class of models, which share their limits."""

    name: str
    account: str
    state: str
    """`open`, `resting` as Claude asked to, or `paused` for a fault of the account."""
    reason: str | None = None
    since: str | None = None
    until: str | None = None
    """When it goes on, or is probed next."""
    in_flight: int = 0
    limits: dict[str, int] = {}
    """A minute."""


class LaneList(msgspec.Struct, frozen=True, kw_only=True):
    """Lanes, by name."""

    data: list[Lane]


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to bring an event to a webhook."""

    attempt: int
    started_at: str
    ended_at: str | None = None
    status: int | None = None
    error: str | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to a webhook; payload and history come with a single one only."""

    id: str
    url: str
    event: str
    subject_id: str
    """The batch."""
    state: str
    """`pending`, `delivered` or `failed`."""
    attempts: int
    created_at: str
    next_at: str | None = None
    delivered_at: str | None = None
    last_status: int | None = None
    last_error: str | None = None
    payload: JsonObject | None = None
    history: list[DeliveryAttempt] = []


class DeliveryPage(Page[Delivery], frozen=True, kw_only=True):
    """One page of deliveries, newest first."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A budget that is spent, so that no job is started."""

    reason: str
    """`max_cost`: the batch's own; `daily_budget`: that of its tenant."""
    spent: float
    """US dollars."""
    budget: float
    """US dollars."""
    until: str | None = None
    """When it goes on by itself; None: when the budget is raised."""
    message: str


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch with its live counts; times are RFC 3339."""

    id: str
    name: str | None = None
    format: str | None = None
    state: str
    """`running`, `canceling` or `ended`."""
    counts: Counts
    usage: Usage
    max_cost: float | None = None
    webhook: str | None = None
    """US dollars: once `usage.cost` is as much, no job of the batch is started."""
    created_at: str
    ended_at: str | None = None
    expires_at: str | None = None
    cancel_requested_at: str | None = None
    paused_lanes: list[Lane] = []
    """The lanes that a fault of the account has paused while the batch runs."""
    held: Held | None = None
    """The budget that keeps its jobs from being started."""

    @property
    def has_ended(self) -> bool:
        """Whether all of its jobs have ended, so that its results are complete."""
        return self.state == "ended"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a job did not succeed."""

    type: str
    message: str
    status: int | None = None
    request_id: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How one job of a batch ended."""

    custom_id: str | None = None
    job_id: str
    state: str
    text: str | None = None
    """The words of the answer, put together from its text blocks."""
    response: JsonObject | None = None
    """Claude's answer as it came."""
    completion: JsonObject | None = None
    """The answer in OpenAI's format, where the job came in that format."""
    error: Failure | None = None
    attempts: int = 0
    usage: Usage = Usage()


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job, with its bodies where one job alone was asked for."""

    id: str
    batch_id: str | None = None
    custom_id: str | None = None
    model: str | None = None
    state: str
    reason: str | None = None
    attempt: int = 0
    failures: int = 0
    max_failures: int | None = None
    max_time_s: float | None = None
    warnings: list[str] = []
    created_at: str | None = None
    started_at: str | None = None
    ended_at: str | None = None
    run_at: str | None = None
    usage: Usage = Usage()
    error: Failure | None = None
    request: JsonObject | None = None
    response: JsonObject | None = None
    completion: JsonObject | None = None
    attempts: list[JsonObject] = []

    @property
    def has_ended(self) -> bool:
        """Whether the job will not move again by itself."""
        return self.state in {"succeeded", "errored", "canceled", "expired"}


class JobPage(Page[Job], frozen=True, kw_only=True):
    """One page of a list of jobs."""


def text_of(response: JsonObject | None) -> str | None:
    """Return the words of an answer of Claude's, from `/v1/messages` or the legacy `/v1/complete`."""
    if response is None:
        return None
    if isinstance(legacy := response.get("completion"), str):
        return legacy
    content = response.get("content")
    if not isinstance(content, list):
        return None
    return "".join(block["text"] for block in content if isinstance(block, dict) and "text" in block)
