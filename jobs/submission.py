"""What a caller hands in, before it is checked."""

from dataclasses import dataclass, field
from datetime import datetime

from claude.dialect import Dialect
from claude.request import Problem
from jobs.job import Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedRequest:
    """One request as a caller hands it in."""

    custom_id: str | None
    dialect: Dialect
    body: str
    """The request's JSON, exactly as it came."""
    headers: dict[str, str] = field(default_factory=dict)
    """`anthropic-version` and `anthropic-beta`, where the caller gave them."""
    priority: Priority = Priority.NORMAL
    run_at: datetime | None = None
    """Not before this time."""
    max_failures: int | None = None
    fault: Problem | None = None
    """What the entrance found wrong with the request's envelope; it is listed, and its body not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """What makes a repeated submission the same submission."""

    key: str
    """The caller's `Idempotency-Key`."""
    digest: str
    """Of the whole body."""
