import pytest
from prometheus_client import CollectorRegistry

from jobs.job import JobError, JobState
from tests.factories import a_failure, an_outcome
from worker.metrics.collector import WorkerCollector
from worker.metrics.counts import MOST_SERIES, Counts


@pytest.fixture
def counts():
    return Counts()


@pytest.fixture
def sample(counts):
    """Return the value of a metric as Prometheus would read it."""
    registry = CollectorRegistry()
    registry.register(WorkerCollector(counts, slot_count=7))
    return lambda name, **labels: registry.get_sample_value(f"promptmill_{name}", labels)


def test_calls_are_counted_by_model_status_and_outcome(counts, sample):
    counts.land("claude-a", an_outcome("job_1"), 0.2)
    counts.land("claude-a", an_outcome("job_2"), 4.0)
    counts.land("claude-b", a_failure("job_3"), 0.2)
    counts.land("claude-b", a_failure("job_4", status=None), 0.2)
    assert sample("calls_total", model="claude-a", status="200", outcome="succeeded") == 2
    assert sample("calls_total", model="claude-b", status="529", outcome="waiting") == 1
    assert sample("calls_total", model="claude-b", status="none", outcome="waiting") == 1
    assert sample("tokens_total", model="claude-a", kind="input") == 20
    assert sample("cost_dollars_total", model="claude-a") == 0.5
    assert sample("retries_total", reason="retry", error="overloaded_error") == 2


def test_durations_are_a_cumulative_histogram(counts, sample):
    for seconds in (0.1, 0.2, 700.0):
        counts.land("m", an_outcome("job_1"), seconds)
    buckets = [
        sample("call_duration_seconds_bucket", model="m", le=le) for le in ("0.1", "0.25", "600.0", "+Inf")
    ]
    assert buckets == [1, 2, 2, 3]
    assert sample("call_duration_seconds_sum", model="m") == pytest.approx(700.3)


def test_what_flows_through_the_worker_is_counted(counts, sample):
    counts.started += 3
    counts.land("m", an_outcome("job_1"), 1)
    counts.claim(10, 8)
    counts.wait("opus-4")
    counts.commit(12, 0.004)
    counts.tell(is_delivered=False)
    assert (sample("calls_in_flight"), sample("slots")) == (2, 7)
    assert (sample("jobs_claimed_total"), sample("claims_missed_total")) == (8, 2)
    assert sample("admission_waits_total", lane="opus-4") == 1
    assert sample("group_commit_rows_bucket", le="20.0") == 1
    assert sample("group_commit_duration_seconds_bucket", le="0.005") == 1
    assert sample("webhook_attempts_total", outcome="failed") == 1


def test_made_up_names_do_not_make_series_without_end(counts, sample):
    for number in range(MOST_SERIES * 2):
        failed = a_failure("job_1", error=JobError(type=f"type-{number}", message="m"))
        counts.land(f"model-{number}", failed, 1)
        counts.wait(f"lane-{number}")
    assert len(counts.models) == len(counts.waits) == len(counts.retries) == MOST_SERIES + 1
    assert sample("admission_waits_total", lane="other") == MOST_SERIES


def test_a_crash_of_ours_has_no_reason_of_its_own(counts, sample):
    counts.land("m", a_failure("job_1", reason=None, error=None, state=JobState.WAITING), 1)
    assert sample("retries_total", reason="other", error="other") == 1
