"""Since when this worker's own heartbeats have been arriving without a gap."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.clock import Clock

STALE_S = 1.5  # a worker silent for longer may have been given up; well below any worker lease


@dataclass(frozen=True, slots=True)
class _Unbroken:
    since_s: float
    last_s: float
    last_at: datetime
    """By this host's clock."""
    recorded_at: datetime
    """By the database's, which all heartbeats are judged by."""


class Presence:
    """What a worker knows of the record's reachability, from the heartbeats that the record took.

    Goes by three clocks: a steady one tells when the record was away or this process stopped, the host's
    when the host slept or its time was set, and the database's when that was. May be used from several
    threads.
    """

    def __init__(self, clock: Clock, *, steady: Callable[[], float] = time.monotonic) -> None:
        """Go by `clock`, the host's, and by `steady`, in seconds, which nobody can set."""
        self._clock = clock
        self._steady = steady
        self._row: _Unbroken | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether the latest heartbeat is so young that nobody can have given this worker up."""
        row = self._row
        return row is not None and self._age_s(row) <= STALE_S

    def note(self, recorded_at: datetime) -> None:
        """Note that a heartbeat has just been committed, made at `recorded_at` by the database's clock."""
        now_s = self._steady()
        since_s = now_s
        if self._row is not None and self.is_fresh and self._agrees(self._row, now_s, recorded_at):
            since_s = self._row.since_s
        self._row = _Unbroken(since_s, now_s, self._clock(), recorded_at)

    def has_lasted(self, span: timedelta) -> bool:
        """Return whether heartbeats have been arriving for `span` and still are."""
        row = self._row
        return row is not None and self.is_fresh and self._steady() - row.since_s >= span.total_seconds()

    def is_silent_for(self, span: timedelta) -> bool:
        """Return whether the latest heartbeat is older than `span`: the worker may have been given up."""
        row = self._row
        return row is None or self._age_s(row) > span.total_seconds()

    def _age_s(self, row: _Unbroken) -> float:
        apart_s = abs((self._clock() - row.last_at).total_seconds())
        return max(self._steady() - row.last_s, apart_s)

    @staticmethod
    def _agrees(row: _Unbroken, now_s: float, recorded_at: datetime) -> bool:
        """Whether the database's clock has gone on since `row` about as far as time has."""
        return abs((recorded_at - row.recorded_at).total_seconds() - (now_s - row.last_s)) <= STALE_S
