"""What a caller hands in, before it is checked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from claude.dialect import Dialect
from claude.report import Unsupported
from claude.request import Problem
from jobs.job import Priority


class SubmittedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request as a caller hands it in."""

    custom_id: str | None
    dialect: Dialect
    body: str
    """The request's JSON, exactly as it came."""
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    """`anthropic-version` and `anthropic-beta`, where the caller gave them."""
    priority: Priority = Priority.NORMAL
    run_at: datetime | None = None
    """Not before this time."""
    max_failures: int | None = None
    max_time_s: float | None = None
    """How long after its first start it is tried again."""
    expires_in: timedelta | None = None
    """From its submission, or its `run_at`, on; None leaves it to the batch, or to the settings."""
    warnings: tuple[str, ...] = ()
    """What the entrance wants the caller to know although the request is taken, one sentence each."""
    unsupported: Unsupported | None = None
    """What becomes of a chat request's parameters that the model does not take; None: as the settings say."""
    fault: Problem | None = None
    """What the entrance found wrong with the request's envelope; it is listed, and its body not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """What a caller says about a batch as a whole."""

    name: str | None = None
    expires_in: timedelta | None = None
    """For the jobs that do not say their own; None leaves it to the settings."""
    max_cost: float | None = None
    """US dollars: once the batch has cost as much, none of its jobs is started."""
    webhook: str | None = None
    """The URL that is told when the batch has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """What makes a repeated submission the same submission."""

    key: str
    """The caller's `Idempotency-Key`."""
    digest: str
    """Of the whole body."""
