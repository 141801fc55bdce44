import re
import threading
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from redis import Redis
from sqlalchemy import update

from api.metrics import FRESH_S, FleetMetrics
from jobs.clock import utc_now
from jobs.job import JobState
from jobs.store.tables import workers
from tests.factories import NOW, a_batch, a_new_job, an_outcome, move, stored_batch, stored_job
from worker.metrics.collector import WorkerCollector
from worker.metrics.counts import Counts

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
LANE = {
    "at": 1.0,
    "held": 3,
    "buckets": {"requests": {"limit": 50, "seen": {"left": 40}}},
    "fault": {"reason": "authentication_error: invalid x-api-key", "since": 1.0, "probe_at": 2.0},
}


@pytest.fixture
def scrape(http):
    """Return what Prometheus would read, by name and labels."""

    def read():
        answer = http.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return {
            (sample.name.removeprefix("promptmill_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return read


def test_jobs_are_counted_by_lane_state_and_reason(store, scrape):
    _, ids = stored_batch(store, 5, created_at=utc_now() - timedelta(hours=1))
    move(store, ids[:2], JobState.RUNNING)
    with store.write() as tx:
        assert len(tx.jobs.stage("sonnet-4", limit=1, now=utc_now())) == 1
    stored_job(store, state=JobState.WAITING)
    seen = scrape()
    assert (seen["jobs_queued", "sonnet-4"], seen["jobs_running", "sonnet-4"]) == (3, 2)
    assert seen["jobs_waiting", "run_at"] == 1
    assert 3600 <= seen["oldest_queued_seconds", "sonnet-4"] < 3700
    assert (seen["batches_live",], seen["batch_jobs_unfinished",]) == (1, 5)


def test_workers_and_what_they_do_are_summed(store, scrape):
    with store.write() as tx:
        for number in range(3):
            tx.workers.register(f"worker_{number}", host="a", pid=1, slots=100)
            tx.workers.beat(f"worker_{number}", in_flight=7 * number)
        long_ago = update(workers).where(workers.c.id == "worker_2").values(beat_at=NOW)
        tx.workers._connection.execute(long_ago)
    seen = scrape()
    assert [seen[name,] for name in ("workers", "worker_slots", "worker_calls_in_flight")] == [2, 200, 7]


def test_the_day_is_summed_over_all_tenants(store, scrape):
    for tenant in ("a", "b"):
        job = stored_job(store, tenant=tenant)
        move(store, [job.id], JobState.RUNNING)
        with store.write() as tx:
            tx.jobs.settle([an_outcome(job.id, ended_at=utc_now())])
    seen = scrape()
    assert (seen["jobs_ended_today",], seen["cost_today_dollars",]) == (2, 0.5)


def test_pending_webhooks_are_counted(store, scrape):
    batch = a_batch(webhook="https://example.com/")
    with store.write() as tx:
        tx.batches.add(batch)
        job = a_new_job(batch_id=batch.id)
        tx.jobs.add_many([job], dispatched_at=None)
        tx.jobs.cancel(job.id, now=utc_now())
    assert scrape()["webhook_deliveries_pending",] == 1


def test_a_paused_lane_tells_why_in_a_word(valkey_url, scrape):
    with Redis.from_url(valkey_url) as redis:
        redis.set("promptmill:lane:{account-1/opus-4}", msgspec.json.encode(LANE))
    seen = scrape()
    assert seen["lane_paused", "account-1", "opus-4", "authentication_error"] == 1
    assert seen["lane_calls_in_flight", "account-1", "opus-4"] == 3
    assert seen["lane_limit", "account-1", "requests", "opus-4"] == 50
    assert seen["lane_remaining", "account-1", "requests", "opus-4"] == 40


def test_a_broker_that_is_away_is_said_and_the_rest_goes_on(refusing):
    text = refusing.get("/metrics").text
    assert "promptmill_broker_up 0.0" in text
    assert "promptmill_database_up 1.0" in text
    assert "promptmill_workers 0.0" in text


class Counting(Collector):
    """Counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def collect(self):
        self.asked += 1
        yield Metric("asked", "", "gauge")


def test_it_is_counted_once_a_second_at_most():
    collector, times = Counting(), iter([0.0, 0.0, FRESH_S / 2, FRESH_S, FRESH_S])
    fleet = FleetMetrics(collector, lambda: next(times))
    collector.asked = 0
    for asked in (1, 1, 2):
        fleet.text()
        assert collector.asked == asked


def test_many_at_once_are_answered_from_one_count():
    collector = Counting()
    fleet = FleetMetrics(collector, lambda: 5.0)
    collector.asked = 0
    threads = [threading.Thread(target=fleet.text) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert collector.asked == 1


def test_the_docs_list_every_metric_and_no_other(refusing):
    named = set(re.findall(r"^\| `(promptmill_\w+)", PAGE.read_text(), re.MULTILINE))
    fleet = {family.name for family in text_string_to_metric_families(refusing.get("/metrics").text)}
    worker = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in WorkerCollector(Counts(), slot_count=1).collect()
    }
    lanes = {name for name in named if name.startswith("promptmill_lane_")}
    assert named == fleet | worker | lanes
    assert not fleet & worker
