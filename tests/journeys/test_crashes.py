"""Whatever is killed or flushed in the middle, every job ends exactly once."""

from collections import Counter
from functools import partial

import httpx
import pytest
from redis import Redis

from tests.eventually import until

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize(
        "database_url", [pytest.param("sqlite", marks=pytest.mark.long), "postgres"], indirect=True
    ),
]

JOBS = 2000
IN_FLIGHT = 200


def prompts():
    return [f"What is {n} + {n % 7}?" for n in range(JOBS)]


def has_succeeded(stack, batch_id, wanted):
    return stack.counts(batch_id)["succeeded"] >= wanted


def assert_each_job_ended_exactly_once(stack, batch_id):
    batch = stack.wait(batch_id)
    assert batch["counts"]["succeeded"] == JOBS
    results = stack.results(batch_id)
    assert Counter(result["custom_id"] for result in results) == Counter(f"c-{n}" for n in range(JOBS))
    assert {result["state"] for result in results} == {"succeeded"}
    answers = {result["custom_id"]: result["response"]["content"][-1]["text"] for result in results}
    assert all(str(n + n % 7) in answers[f"c-{n}"] for n in range(JOBS))


def test_a_worker_killed_in_the_middle_of_a_batch_costs_only_the_calls_in_flight(stack):
    stack.start_all()
    batch_id = stack.submit(prompts())
    until(partial(has_succeeded, stack, batch_id, 300), "300 jobs to succeed")
    stack.worker.kill()
    done_at_the_kill = stack.counts(batch_id)["succeeded"]
    assert done_at_the_kill < JOBS
    stack.start_worker()
    assert_each_job_ended_exactly_once(stack, batch_id)
    assert stack.calls()["total"] <= JOBS + IN_FLIGHT


def test_a_flushed_broker_loses_nothing(stack, valkey_url):
    stack.start_all()
    batch_id = stack.submit(prompts())
    with Redis.from_url(valkey_url) as broker:
        for wanted in (100, 600, 1200):
            until(partial(has_succeeded, stack, batch_id, wanted), f"{wanted} jobs to succeed")
            broker.flushall()
    assert_each_job_ended_exactly_once(stack, batch_id)
    assert stack.calls()["total"] == JOBS


def test_a_stopped_worker_finishes_or_gives_back_and_no_failure_is_counted(stack):
    stack.start_all("--latency-ms", "2000")
    batch_id = stack.submit(prompts()[:600])
    until(lambda: stack.counts(batch_id)["running"] == IN_FLIGHT, "all slots to be in use")
    assert stack.worker.stop() == 0
    counts = stack.counts(batch_id)
    assert counts["running"] == 0
    assert counts["succeeded"] + counts["queued"] == 600
    stack.start_worker()
    assert stack.wait(batch_id)["counts"]["succeeded"] == 600
    jobs = stack.client.get("/v1/jobs", params={"batch_id": batch_id, "limit": 100}).json()["data"]
    assert {job["failures"] for job in jobs} == {0}


def test_a_grace_period_that_is_too_short_gives_running_jobs_back(stack):
    stack.start_all("--latency-ms", "20000")
    stack.worker.stop()
    worker = stack.start_worker(PROMPTMILL_GRACE_S="0")
    batch_id = stack.submit(prompts()[:100])
    until(lambda: stack.counts(batch_id)["running"] >= 20, "20 jobs to run")
    assert worker.stop() == 0
    assert stack.counts(batch_id)["queued"] == 100
    httpx.put(f"{stack.sandbox_url}/_sandbox/settings", json={"latency_ms": 10}).raise_for_status()
    stack.start_worker()
    assert stack.wait(batch_id)["counts"]["succeeded"] == 100
