"""Lanes: one account and one model class, which share their limits."""

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

import msgspec

from claude.model_class import model_class


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneLimits:
    """What a lane may use; None where there is no limit, or none is known."""

    requests: int | None = None
    """A minute."""
    input_tokens: int | None = None
    """A minute; cache reads do not count."""
    output_tokens: int | None = None
    """A minute, as they are produced; `max_tokens` does not count."""
    in_flight: int | None = None
    """At any moment, in the whole fleet."""


START_LIMITS = LaneLimits(requests=1_000, input_tokens=2_000_000, output_tokens=400_000)
"""Anthropic's Start tier (https://docs.claude.com/en/api/rate-limits), until an answer tells more."""

FABLE_START_LIMITS = LaneLimits(requests=1_000, input_tokens=500_000, output_tokens=100_000)
"""The Start tier's row for the Fable class."""


class Lane(msgspec.Struct, frozen=True):
    """One account and one model class."""

    account: str
    model_class: str

    @property
    def key(self) -> str:
        """Return the name under which Redis knows the lane; braces keep its keys in one cluster slot."""
        return f"promptmill:lane:{{{self.account}/{quote(self.model_class, safe='.-')}}}"

    @property
    def start_limits(self) -> LaneLimits:
        """Return the limits in force before anything was learned."""
        return FABLE_START_LIMITS if self.model_class.startswith("fable-") else START_LIMITS


def lane_of(account: str, model: str) -> Lane:
    """Return the lane in which calls of `model` run."""
    return Lane(account, model_class(model))


def account_of(api_key: str, base_url: str) -> str:
    """Return a short name for an account that does not reveal its key."""
    return hashlib.sha256(f"{base_url}\n{api_key}".encode()).hexdigest()[:12]
