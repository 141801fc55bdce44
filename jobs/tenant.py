"""A tenant: whose jobs they are, what share of the lanes they get, and what they may cost a day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from jobs.job import Usage

DEFAULT_TENANT = "default"
NO_WEIGHT = "a tenant's weight must be a number above 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What is laid down for a tenant; one that nobody wrote down has the defaults."""

    name: str
    weight: float = 1.0
    """The tenant's share of a lane beside others: with 2, twice what one with 1 gets."""
    daily_budget: float | None = None
    """US dollars a day, in UTC: once spent, no job of the tenant is started until the next."""
    requests_per_minute: int | None = None
    """HTTP requests that the api takes a minute."""
    max_queued: int | None = None
    """Jobs that may be waiting or queued at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySpending:
    """What a tenant's attempts used on one day, in UTC."""

    day: date
    jobs: int = 0
    """How many jobs succeeded or failed for good."""
    usage: Usage = field(default_factory=Usage)


def day_of(moment: datetime) -> date:
    """Return the day on which what ends at `moment` is booked."""
    return moment.astimezone(UTC).date()


def next_day(moment: datetime) -> datetime:
    """Return when the day of `moment` is over."""
    return datetime.combine(day_of(moment), datetime.min.time(), UTC) + timedelta(days=1)
