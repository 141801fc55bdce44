"""A purse: what jobs are paid from, and what holds them when it is empty."""

from dataclasses import dataclass

from jobs.outcome import Reason


@dataclass(frozen=True, slots=True)
class Purse:
    """A batch's `max_cost`, or a tenant's daily budget."""

    reason: Reason
    """`max_cost` or `daily_budget`: what the jobs that it holds have as their reason."""
    name: str
    """The batch's id, or the tenant's name."""
