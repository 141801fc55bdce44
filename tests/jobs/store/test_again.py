"""Back to the queue: from a lost worker, or at the caller's wish."""

from datetime import timedelta

import pytest

from jobs.job import JobState
from jobs.store.store import Store
from tests.factories import NOW, WORKER, an_outcome, move, stored_batch, stored_job, the_job

LATER = NOW + timedelta(days=2)
FAILED = (JobState.ERRORED, JobState.CANCELED, JobState.EXPIRED)


def test_jobs_of_a_lost_worker_are_queued_ahead_of_all(store: Store):
    _, ids = stored_batch(store, 4)
    move(store, ids[2:], JobState.RUNNING)
    with store.write() as tx:
        assert tx.jobs.rescue([WORKER, "worker_unknown"], now=LATER) == 2
        order = [item.job_id for item in tx.jobs.stage("sonnet-4", limit=9, now=NOW)]
        [attempt] = tx.attempts.of_job(ids[2])
    rescued = the_job(store, ids[2])
    assert (rescued.state, rescued.reason, rescued.failures) == (JobState.QUEUED, "worker_lost", 0)
    assert (attempt.state, attempt.reason, attempt.ended_at) == (JobState.QUEUED, "worker_lost", LATER)
    assert order == [*ids[2:], *ids[:2]]


def test_jobs_of_other_workers_are_left_alone(store: Store):
    job = stored_job(store, state=JobState.RUNNING)
    with store.write() as tx:
        assert tx.jobs.rescue(["worker_other"], now=NOW) == 0
        assert tx.jobs.rescue([], now=NOW) == 0
    assert the_job(store, job.id) == job


def test_a_lost_job_that_should_stop_ends_canceled(store: Store):
    batch_id, [job_id] = stored_batch(store, 1)
    move(store, [job_id], JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.cancel(job_id, now=NOW)
        assert tx.jobs.rescue([WORKER], now=LATER) == 1
        assert tx.batches.get(batch_id).ended_at == LATER
    assert the_job(store, job_id).state is JobState.CANCELED


@pytest.mark.parametrize("state", FAILED)
def test_a_failed_job_is_queued_afresh(store: Store, state: JobState):
    job = stored_job(store, state=state)
    with store.write() as tx:
        assert tx.jobs.retry([job.id], expires_at=LATER) == 1
    fresh = the_job(store, job.id)
    assert (fresh.state, fresh.reason, fresh.failures, fresh.error) == (JobState.QUEUED, None, 0, None)
    assert (fresh.attempt, fresh.ended_at, fresh.expires_at) == (job.attempt, None, LATER)
    move(store, [job.id], JobState.RUNNING)
    assert the_job(store, job.id).attempt == job.attempt + 1


@pytest.mark.parametrize("state", [state for state in JobState if state not in FAILED])
def test_a_job_that_has_not_failed_is_not_retried(store: Store, state: JobState):
    job = stored_job(store, state=state)
    with store.write() as tx:
        assert tx.jobs.retry([job.id, "job_none"], expires_at=LATER) == 0
    assert the_job(store, job.id) == job


def test_retrying_a_batch_opens_it_again(store: Store):
    batch_id, ids = stored_batch(store, 4)
    move(store, ids[:1], JobState.SUCCEEDED)
    move(store, ids[1:2], JobState.ERRORED)
    with store.write() as tx:
        tx.jobs.cancel_batch(batch_id, now=NOW)
        assert tx.batches.get(batch_id).ended_at == NOW
        assert tx.jobs.retry_batch(batch_id, expires_at=LATER) == 3
        batch = tx.batches.get(batch_id)
    assert (batch.counts.succeeded, batch.counts.queued, batch.counts.ended) == (1, 3, 1)
    assert (batch.ended_at, batch.cancel_requested_at, batch.expires_at) == (None, None, LATER)


def test_a_retried_batch_ends_again_with_its_own_time(store: Store):
    batch_id, ids = stored_batch(store, 2)
    move(store, ids, JobState.ERRORED)
    with store.write() as tx:
        tx.jobs.retry(ids[:1], expires_at=LATER)
    move(store, ids[:1], JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.settle([an_outcome(ids[0], attempt=2, ended_at=LATER)])
        batch = tx.batches.get(batch_id)
    assert (batch.counts.succeeded, batch.counts.errored, batch.ended_at) == (1, 1, LATER)
