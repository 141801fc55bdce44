"""Since when this worker's own heartbeats have been arriving without a gap."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.clock import Clock

STALE_S = 1.5  # a worker silent for longer may have been given up; well below any worker lease


@dataclass(frozen=True, slots=True)
class _Unbroken:
    since_s: float
    last_s: float
    last_at: datetime


class Presence:
    """What a worker knows of the record's reachability, from the heartbeats that the record took.

    Goes by both clocks: one tells when the record was away or this process stopped, the other when the
    host slept or its time was set. May be used from several threads.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._row: _Unbroken | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether the latest heartbeat is so young that nobody can have given this worker up."""
        row = self._row
        if row is None:
            return False
        apart_s = abs((self._clock() - row.last_at).total_seconds())
        return max(time.monotonic() - row.last_s, apart_s) <= STALE_S

    def note(self) -> None:
        """Note that a heartbeat has just been committed."""
        now_s = time.monotonic()
        since_s = self._row.since_s if self._row is not None and self.is_fresh else now_s
        self._row = _Unbroken(since_s, now_s, self._clock())

    def has_lasted(self, span: timedelta) -> bool:
        """Return whether heartbeats have been arriving for `span` and still are."""
        row = self._row
        return row is not None and self.is_fresh and time.monotonic() - row.since_s >= span.total_seconds()
