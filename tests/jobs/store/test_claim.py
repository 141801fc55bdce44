"""Claiming: a job runs under one attempt of one worker at a time."""

from datetime import timedelta

import pytest

from jobs.job import JobState
from jobs.store.store import Store
from tests.factories import BODY, NOW, WORKER, an_outcome, stored_batch, stored_job, the_job


def test_a_claimed_job_comes_with_all_that_its_run_needs(store: Store):
    job = stored_job(store, stream=True)
    with store.write() as tx:
        [claimed] = tx.jobs.claim([job.id], worker_id=WORKER, now=NOW)
    assert (claimed.id, claimed.attempt, claimed.failures, claimed.max_failures) == (job.id, 1, 0, 3)
    assert (claimed.dialect, claimed.model, claimed.stream) == (job.dialect, job.model, True)
    assert (claimed.body, claimed.headers) == (BODY, {"anthropic-version": "2023-06-01"})
    assert (claimed.tenant, claimed.batch_id, claimed.expires_at) == (job.tenant, None, job.expires_at)


def test_a_claim_is_on_record_before_the_call(store: Store):
    job = stored_job(store)
    with store.write() as tx:
        tx.jobs.claim([job.id], worker_id=WORKER, now=NOW)
    running = the_job(store, job.id)
    assert (running.state, running.attempt, running.worker_id) == (JobState.RUNNING, 1, WORKER)
    assert running.started_at == NOW
    with store.read() as tx:
        [attempt] = tx.attempts.of_job(job.id)
        assert tx.jobs.running(WORKER) == [(job.id, 1)]
    assert (attempt.attempt, attempt.worker_id, attempt.started_at) == (1, WORKER, NOW)
    assert (attempt.ended_at, attempt.state) == (None, None)


def test_second_delivery_of_a_claimed_job_is_ignored(store: Store):
    job = stored_job(store)
    for expected in (1, 0):
        with store.write() as tx:
            claimed = tx.jobs.claim([job.id], worker_id=f"worker_{expected}", now=NOW)
        assert len(claimed) == expected
    assert the_job(store, job.id).worker_id == "worker_1"


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.QUEUED])
def test_only_queued_jobs_can_be_claimed(store: Store, state: JobState):
    job = stored_job(store, state=state)
    with store.write() as tx:
        assert tx.jobs.claim([job.id], worker_id="worker_late", now=NOW) == []
    assert the_job(store, job.id) == job


def test_an_expired_job_cannot_be_claimed(store: Store):
    job = stored_job(store, expires_at=NOW)
    with store.write() as tx:
        assert tx.jobs.claim([job.id], worker_id=WORKER, now=NOW) == []
        assert tx.jobs.claim([job.id], worker_id=WORKER, now=NOW - timedelta(seconds=1)) != []


def test_jobs_are_claimed_in_the_order_asked_for_and_strangers_left_out(store: Store):
    _, ids = stored_batch(store, 20)
    asked = [*reversed(ids), "job_unknown", ids[3]]
    with store.write() as tx:
        claimed = tx.jobs.claim(asked, worker_id=WORKER, now=NOW)
        assert tx.jobs.claim([], worker_id=WORKER, now=NOW) == []
    assert sorted(job.id for job in claimed) == ids
    assert [job.id for job in claimed][:10] == ids[:9:-1]


def test_the_attempt_rises_with_every_claim(store: Store):
    job = stored_job(store)
    for attempt in (1, 2, 3):
        with store.write() as tx:
            [claimed] = tx.jobs.claim([job.id], worker_id=WORKER, now=NOW)
            tx.jobs.settle([an_outcome(job.id, attempt=attempt, state=JobState.QUEUED, response=None)])
        assert claimed.attempt == attempt
