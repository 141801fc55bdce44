"""What the engine asks of a limiter, and the words of their conversation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from claude.answer import TokenUsage
from jobs.errors import PromptmillError
from worker.limits.lane import Lane


class LimiterUnavailableError(PromptmillError):
    """The rate limiter's Redis cannot be reached; nothing may start until it is back."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One call that would like to start."""

    model: str
    input_tokens: int
    """As estimated from the size of its request."""


class Drawn(msgspec.Struct, frozen=True):
    """How much a lane has given out of each of its buckets since its state began."""

    requests: float = 0
    input: float = 0
    output: float = 0
    total: float = 0


class Permit(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Leave for one call; it holds a place in the lane until it is handed back with `landed`."""

    lane: Lane
    ask: Ask
    input_tokens: int
    """Reserved."""
    output_tokens: int
    """Reserved."""
    admitted_at: float
    """Unix seconds of the lane's own clock."""
    drawn: Drawn
    """Up to and including this call."""
    born: float
    """Which life of the lane's state `drawn` belongs to; Redis may have been emptied since."""
    departs_at: float = 0.0
    """When the call may be sent, in the loop's time: calls that are kept apart must also leave so."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Why a lane admits nothing."""

    until: float
    """Unix seconds of the lane's own clock; then it goes on, or, after a fault of the account, tries one."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The answer to some asks: leave for the first of them, in their order."""

    permits: Sequence[Permit]
    wait_s: float = 0.0
    """When to ask again for the others; sooner if one of this process's calls lands."""
    pause: Pause | None = None

    @property
    def count(self) -> int:
        """Return how many of the asks were admitted."""
        return len(self.permits)


class RefusalKind(StrEnum):
    """What an error says about the lane rather than about the job."""

    RATE = "rate"
    """Too fast: the lane rests."""
    CONCURRENCY = "concurrency"
    """Too many at once: the lane rests and then has fewer in flight."""
    OVERLOAD = "overload"
    """The other side is in trouble: many of these, and the lane has fewer in flight."""
    ACCOUNT = "account"
    """A fault of the account: the lane is paused until someone, or a probe, finds it mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refusal that concerns the whole lane."""

    kind: RefusalKind
    wait_s: float | None = None
    """How long Claude asks to wait, where it says."""
    reason: str = ""
    """For people."""


class Landed(msgspec.Struct, frozen=True, kw_only=True):
    """How a call came down, as far as the limits are concerned; made by `worker.limits.landing`."""

    usage: TokenUsage | None = None
    """What it used, where the answer said so."""
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The rate-limit headers of the answer, names in lower case."""
    refusal: Refusal | None = None
    was_sent: bool = True
    """Whether Claude may have seen the call."""
    was_answered: bool = True
    """Whether Claude answered it, well or badly."""


class Limiter(Protocol):
    """Says how many calls may start; belongs to the engine's event loop."""

    async def admit(self, lane: Lane, asks: Sequence[Ask]) -> Admission:
        """Give leave to the first of `asks`, as many as the lane has room for.

        Each permit must be handed back. Raises `LimiterUnavailableError`: then nothing was admitted.
        """
        ...

    def departed(self, permit: Permit, *, late_s: float) -> None:
        """Note that a call that had to wait for `departs_at` left so much later; never blocks."""
        ...

    def landed(self, permit: Permit, landed: Landed) -> None:
        """Hand back a permit; never blocks."""
        ...

    async def close(self) -> None:
        """Give back what this process still holds; raises nothing if Redis is away."""
        ...
