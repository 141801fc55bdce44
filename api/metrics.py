"""`/metrics`: the state of the whole fleet for Prometheus, counted when it is asked for."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime

from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from jobs.clock import Clock
from jobs.errors import BrokerUnavailableError, StoreUnavailableError
from jobs.lanes import LaneBoard, LaneStatus
from jobs.settings import Settings
from jobs.store.census import Census
from jobs.store.store import Store

FRESH_S = 1.0  # as long an answer is given again
LONGEST_REASON = 40  # characters of a label


class FleetCollector(Collector):
    """Counts what is in SQL, and asks Redis how the lanes stand; either may be away."""

    def __init__(self, *, store: Store, lanes: LaneBoard, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._lanes = lanes
        self._lease = settings.worker_lease
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the fleet."""
        now = self._clock()
        census, lanes = self._census(now), self._board()
        yield _gauge("database_up", "Whether the database can be reached.", census is not None)
        yield _gauge("broker_up", "Whether Redis can be reached.", lanes is not None)
        if census is not None:
            yield from _of_jobs(census, now)
            yield from _of_the_rest(census)
        if lanes is not None:
            yield from _of_lanes(lanes)

    def _census(self, now: datetime) -> Census | None:
        try:
            with self._store.read() as tx:
                return tx.census.take(tx.jobs.ready_lanes(), now=now, lease=self._lease)
        except StoreUnavailableError:
            return None

    def _board(self) -> list[LaneStatus] | None:
        try:
            return self._lanes.all()
        except BrokerUnavailableError:
            return None


class FleetMetrics:
    """The text of the metrics, counted at most once a second, whoever asks how often."""

    def __init__(self, collector: Collector, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(collector)
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._text = b""
        self._counted_at = float("-inf")

    def text(self) -> bytes:
        """Return the metrics in Prometheus's text format."""
        with self._turn:
            if self._monotonic() - self._counted_at >= FRESH_S:
                self._text = generate_latest(self._registry)
                self._counted_at = self._monotonic()
            return self._text


GivenFleet = NamedDependency[FleetMetrics]


@get(
    "/metrics",
    sync_to_thread=True,
    tags=["health"],
    summary="The state of the whole fleet, for Prometheus",
    media_type="text/plain",
)
def metrics(fleet: GivenFleet) -> Response[bytes]:
    """Return the metrics; they name no tenant. While the database is away they say that and no more."""
    return Response(fleet.text(), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})


def _of_jobs(census: Census, now: datetime) -> Iterator[Metric]:
    yield _gauges("jobs_queued", "Queued jobs, counted up to 100,000 a lane.", "lane", census.queued)
    yield _gauges("jobs_waiting", "Waiting jobs, counted up to 100,000.", "reason", census.waiting)
    yield _gauges("jobs_running", "Jobs that a worker has claimed.", "lane", census.running)
    ages = {lane: max((now - at).total_seconds(), 0.0) for lane, at in census.oldest_at.items()}
    yield _gauges("oldest_queued_seconds", "Age of the oldest job whose turn is next.", "lane", ages)
    yield _gauge("batches_live", "Batches that have not ended.", census.live_batches)
    yield _gauge("batch_jobs_unfinished", "Jobs of those batches that have not ended.", census.unfinished)


def _of_the_rest(census: Census) -> Iterator[Metric]:
    yield _gauge("workers", "Workers whose heartbeat is fresh.", census.workers)
    yield _gauge("worker_slots", "Calls that they may have in flight.", census.slots)
    yield _gauge("worker_calls_in_flight", "Calls that they have in flight.", census.in_flight)
    yield _gauge("webhook_deliveries_pending", "Deliveries to be made.", census.pending_deliveries)
    yield _gauge("jobs_ended_today", "Jobs that ended on this day in UTC.", census.jobs_today)
    yield _gauge("cost_today_dollars", "What this day has cost so far, in US dollars.", census.cost_today)


def _of_lanes(lanes: list[LaneStatus]) -> Iterator[Metric]:
    paused = _family("lane_paused", "1 while a fault of the account pauses the lane.", "reason")
    resting = _family("lane_resting", "1 while the lane waits as Claude asked it to.")
    in_flight = _family("lane_calls_in_flight", "Calls of all workers in the lane.")
    limits = _family("lane_limit", "What the lane may use a minute.", "kind")
    remaining = _family("lane_remaining", "What was left of it by Claude's last answer.", "kind")
    for lane in lanes:
        name = [lane.name, lane.account]
        is_paused = lane.state == "paused"
        paused.add_metric([*name, _word(lane.reason) if is_paused else ""], is_paused)
        resting.add_metric(name, lane.state == "resting")
        in_flight.add_metric(name, lane.in_flight)
        for family, amounts in ((limits, lane.limits), (remaining, lane.remaining)):
            for kind, amount in sorted(amounts.items()):
                family.add_metric([*name, kind], amount)
    return iter((paused, resting, in_flight, limits, remaining))


def _family(name: str, about: str, *more_labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"promptmill_{name}", about, labels=["lane", "account", *more_labels])


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"promptmill_{name}", about, value=value)


def _gauges(
    name: str, about: str, label: str, values: dict[str, int] | dict[str, float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"promptmill_{name}", about, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _word(reason: str | None) -> str:
    """Return the kind of a fault, without the words that go with it: a label takes few values."""
    return (reason or "").partition(":")[0][:LONGEST_REASON]
