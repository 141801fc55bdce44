"""The counters of batches, kept by the same transaction that moves their jobs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import add

from sqlalchemy import BigInteger, Connection, Double, Integer, bindparam, case, func, update

from jobs.job import JobState, Usage
from jobs.store.announcements import announce_ends
from jobs.store.endings import Ended, append_endings
from jobs.store.tables import batches
from jobs.store.utc_datetime import UtcDateTime

ENDINGS = ("succeeded", "errored", "canceled", "expired")
TOKENS = ("input_tokens", "output_tokens", "cache_write_tokens", "cache_read_tokens")


@dataclass(slots=True)
class Tally:
    """What one transaction adds to a batch's counters."""

    ended: Counter[JobState] = field(default_factory=Counter)
    """Jobs by the state in which they ended; negative where they were queued again."""
    usage: Usage = field(default_factory=Usage)
    latest_at: datetime | None = None
    """When the last of these jobs ended."""
    endings: list[Ended] = field(default_factory=list)

    def end(self, job_id: str, state: JobState, at: datetime) -> None:
        """Count a job that ended in `state` at `at`."""
        self.ended[state] += 1
        self.endings.append((job_id, state))
        self.latest_at = max(self.latest_at or at, at)

    def spend(self, usage: Usage) -> None:
        """Add `usage`."""
        self.usage = add_usage(self.usage, usage)


def add_usage(one: Usage, other: Usage) -> Usage:
    """Return the sum of two usages."""
    return Usage(
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cache_write_tokens=one.cache_write_tokens + other.cache_write_tokens,
        cache_read_tokens=one.cache_read_tokens + other.cache_read_tokens,
        cost=one.cost + other.cost,
    )


_COUNTS = {name: batches.c[name] + bindparam(f"more_{name}", type_=Integer) for name in ENDINGS}
_TOKENS = {name: batches.c[name] + bindparam(f"more_{name}", type_=BigInteger) for name in TOKENS}
_LATEST_AT = bindparam("latest_at", type_=UtcDateTime)
_ENDED_AT = case(
    (reduce(add, _COUNTS.values()) == batches.c.total, func.coalesce(batches.c.ended_at, _LATEST_AT)),
    else_=None,
)
_BUMP = (
    update(batches)
    .where(batches.c.id == bindparam("batch_id"))
    .values(
        **_COUNTS,
        **_TOKENS,
        cost=batches.c.cost + bindparam("more_cost", type_=Double),
        ended_at=_ENDED_AT,
    )
)


def bump(connection: Connection, tallies: Mapping[str, Tally]) -> None:
    """Add `tallies`, by batch id, and note and announce the end of each batch that has no live job left."""
    add_tallies(connection, tallies)
    announce(connection, tallies)


def add_tallies(connection: Connection, tallies: Mapping[str, Tally]) -> None:
    """Do the first half of a bump, of which nothing is read.

    Batches are locked in the order of their ids and after all else, here and everywhere: so no two
    transactions can wait for each other.
    """
    if tallies:
        connection.execute(_BUMP, [_parameters(batch_id, tallies[batch_id]) for batch_id in sorted(tallies)])
        append_endings(connection, {batch_id: tally.endings for batch_id, tally in tallies.items()})


def announce(connection: Connection, tallies: Mapping[str, Tally]) -> None:
    """Do the second half."""
    announce_ends(connection, [batch_id for batch_id, tally in tallies.items() if tally.latest_at])


def _parameters(batch_id: str, tally: Tally) -> dict[str, object]:
    return {
        "batch_id": batch_id,
        "latest_at": tally.latest_at,
        "more_cost": tally.usage.cost,
        **{f"more_{name}": tally.ended[JobState(name)] for name in ENDINGS},
        **{f"more_{name}": getattr(tally.usage, name) for name in TOKENS},
    }
