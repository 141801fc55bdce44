"""The counters of a worker process: plain numbers, for they are kept with every call.

Each is written by one thread only, and read by the one that is asked for them, which may see a sum a moment
before its count. Only transactions are counted under a lock: there are several writers.
"""

import threading
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TypeVar

from jobs.job import JobState, Usage
from jobs.outcome import Outcome

K = TypeVar("K")
MOST_SERIES = 500  # of one counter; whoever sends jobs can make model names up
OTHER = "other"
CALL_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)  # seconds
GROUP_BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)  # rows
COMMIT_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)  # seconds


class Distribution:
    """How values are spread over fixed bounds."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def note(self, value: float) -> None:
        """Count `value`."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


@dataclass(slots=True)
class ModelCounts:
    """What came of the calls for one model."""

    calls: dict[tuple[int | None, JobState], int] = field(default_factory=dict)
    """By HTTP status, if there was an answer, and what became of the job."""
    durations: Distribution = field(default_factory=lambda: Distribution(CALL_BOUNDS))
    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    cost: float = 0.0

    def spend(self, usage: Usage) -> None:
        """Add `usage`."""
        self.input_tokens += usage.input_tokens
        self.output_tokens += usage.output_tokens
        self.cache_write_tokens += usage.cache_write_tokens
        self.cache_read_tokens += usage.cache_read_tokens
        self.cost += usage.cost


class Counts:
    """Everything that one worker process counts, from its start on."""

    def __init__(self) -> None:
        self.models: dict[str, ModelCounts] = {}
        self.retries: dict[tuple[str, str], int] = {}
        """By reason, and by type of error."""
        self.waits: dict[str, int] = {}
        """How often a lane had no room for all that asked, by lane."""
        self.started = 0
        self.landed = 0
        self.claimed = 0
        self.claims_missed = 0
        """Jobs that were offered here and were not to be had any more."""
        self.group_sizes = Distribution(GROUP_BOUNDS)
        self.commit_durations = Distribution(COMMIT_BOUNDS)
        self.failed_commits = 0
        self.spilled = 0
        self._commits = threading.Lock()
        self.webhooks_delivered = 0
        self.webhooks_failed = 0

    @property
    def in_flight(self) -> int:
        """How many attempts are running."""
        return self.started - self.landed

    def land(self, model: str, outcome: Outcome, seconds: float) -> None:
        """Count an attempt that has come to its end after `seconds`."""
        self.landed += 1
        counts = self.models.get(model) or self._model(model)
        key = (outcome.status, outcome.state)
        counts.calls[key] = counts.calls.get(key, 0) + 1
        counts.durations.note(seconds)
        counts.spend(outcome.usage)
        if outcome.state is JobState.WAITING:
            why = (outcome.reason or OTHER, outcome.error.type if outcome.error else OTHER)
            self._bump(self.retries, why, (OTHER, OTHER))

    def claim(self, asked: int, got: int) -> None:
        """Count that of `asked` jobs `got` could be claimed."""
        self.claimed += got
        self.claims_missed += asked - got

    def wait(self, lane: str) -> None:
        """Count that the lane had no room for all that asked."""
        self._bump(self.waits, lane, OTHER)

    def commit(self, rows: int, seconds: float) -> None:
        """Count a transaction that wrote that many claims, outcomes and chunks together."""
        with self._commits:
            self.group_sizes.note(rows)
            self.commit_durations.note(seconds)

    def fail_commit(self) -> None:
        """Count a transaction that the store did not take."""
        with self._commits:
            self.failed_commits += 1

    def tell(self, *, is_delivered: bool) -> None:
        """Count an attempt to bring an event to a webhook."""
        self.webhooks_delivered += is_delivered
        self.webhooks_failed += not is_delivered

    def _model(self, model: str) -> ModelCounts:
        name = model if len(self.models) < MOST_SERIES else OTHER
        return self.models.setdefault(name, ModelCounts())

    @staticmethod
    def _bump(counter: dict[K, int], key: K, other: K) -> None:
        if key not in counter and len(counter) >= MOST_SERIES:
            key = other
        counter[key] = counter.get(key, 0) + 1
