"""The counters as Prometheus reads them; docs/metrics.md lists every name."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from worker.metrics.counts import Counts, Distribution

TOKENS = ("input", "output", "cache_write", "cache_read")
NO_ANSWER = "none"


class WorkerCollector(Collector):
    """Turns a worker's counts into metrics, whenever it is asked."""

    def __init__(self, counts: Counts, *, slot_count: int) -> None:
        self._counts = counts
        self._slot_count = slot_count

    def collect(self) -> Iterator[Metric]:
        """Yield every metric of the process."""
        yield from self._calls()
        yield from self._money()
        yield from self._flow()
        yield from self._record()
        yield self._webhooks()

    def _calls(self) -> Iterator[Metric]:
        calls = CounterMetricFamily(
            "promptmill_calls",
            "Calls to Claude that came to an end.",
            labels=["model", "status", "outcome"],
        )
        durations = HistogramMetricFamily(
            "promptmill_call_duration_seconds",
            "How long a call took, its whole stream included.",
            labels=["model"],
        )
        for model, counts in list(self._counts.models.items()):
            for (status, state), number in list(counts.calls.items()):
                calls.add_metric([model, str(status or NO_ANSWER), state.value], number)
            _add(durations, [model], counts.durations)
        retries = CounterMetricFamily(
            "promptmill_retries", "Attempts that will be followed by another.", labels=["reason", "error"]
        )
        for (reason, error), number in list(self._counts.retries.items()):
            retries.add_metric([reason, error], number)
        yield from (calls, durations, retries)

    def _money(self) -> Iterator[Metric]:
        tokens = CounterMetricFamily(
            "promptmill_tokens", "Tokens that Claude counted.", labels=["model", "kind"]
        )
        cost = CounterMetricFamily(
            "promptmill_cost_dollars", "What they cost, in US dollars.", labels=["model"]
        )
        for model, counts in list(self._counts.models.items()):
            for kind in TOKENS:
                tokens.add_metric([model, kind], getattr(counts, f"{kind}_tokens"))
            cost.add_metric([model], counts.cost)
        yield from (tokens, cost)

    def _flow(self) -> Iterator[Metric]:
        counts = self._counts
        yield GaugeMetricFamily("promptmill_calls_in_flight", "Calls under way.", value=counts.in_flight)
        yield GaugeMetricFamily("promptmill_slots", "Calls that may be under way.", value=self._slot_count)
        yield CounterMetricFamily("promptmill_jobs_claimed", "Jobs claimed.", value=counts.claimed)
        yield CounterMetricFamily(
            "promptmill_claims_missed",
            "Jobs offered here that were taken, canceled or expired by then.",
            value=counts.claims_missed,
        )
        waits = CounterMetricFamily(
            "promptmill_admission_waits",
            "How often a lane had no room for all that asked.",
            labels=["lane"],
        )
        for lane, number in list(counts.waits.items()):
            waits.add_metric([lane], number)
        yield waits

    def _record(self) -> Iterator[Metric]:
        counts = self._counts
        sizes = HistogramMetricFamily(
            "promptmill_group_commit_rows", "Claims, outcomes and chunks written in one transaction."
        )
        durations = HistogramMetricFamily(
            "promptmill_group_commit_duration_seconds", "How long such a transaction took."
        )
        _add(sizes, [], counts.group_sizes)
        _add(durations, [], counts.commit_durations)
        yield from (sizes, durations)
        yield CounterMetricFamily(
            "promptmill_group_commit_failures",
            "Transactions that the database refused or could not be asked for.",
            value=counts.failed_commits,
        )
        yield CounterMetricFamily(
            "promptmill_outcomes_spilled",
            "Outcomes kept on disk because the database was away when the worker stopped.",
            value=counts.spilled,
        )

    def _webhooks(self) -> Metric:
        told = CounterMetricFamily(
            "promptmill_webhook_attempts",
            "Attempts to bring an event to a webhook.",
            labels=["outcome"],
        )
        told.add_metric(["delivered"], self._counts.webhooks_delivered)
        told.add_metric(["failed"], self._counts.webhooks_failed)
        return told


def _add(family: HistogramMetricFamily, labels: list[str], distribution: Distribution) -> None:
    bounds = [*(str(bound) for bound in distribution.bounds), "+Inf"]
    total, buckets = 0, []
    for bound, number in zip(bounds, list(distribution.counts), strict=True):
        total += number
        buckets.append((bound, float(total)))
    family.add_metric(labels, buckets=buckets, sum_value=distribution.sum)
