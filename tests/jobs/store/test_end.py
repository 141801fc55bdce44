"""Endings that no attempt brought about: expired and canceled."""

from datetime import timedelta

import pytest

from jobs.job import JobState
from jobs.store.store import Store
from tests.factories import NOW, WORKER, a_failure, move, stored_batch, stored_job, the_job

LATER = NOW + timedelta(days=2)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.WAITING])
def test_what_was_never_started_in_time_expires(store: Store, state: JobState):
    job = stored_job(store, state=state)
    with store.write() as tx:
        assert tx.jobs.expire(now=NOW, limit=10) == 0
        assert tx.jobs.expire(now=LATER, limit=10) == 1
    kept = the_job(store, job.id)
    assert (kept.state, kept.ended_at, kept.run_at) == (JobState.EXPIRED, LATER, None)


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.SUCCEEDED, JobState.CANCELED])
def test_what_runs_or_has_ended_does_not_expire(store: Store, state: JobState):
    job = stored_job(store, state=state)
    with store.write() as tx:
        assert tx.jobs.expire(now=LATER, limit=10) == 0
    assert the_job(store, job.id) == job


def test_a_batch_ends_by_expiry(store: Store):
    batch_id, _ = stored_batch(store, 3)
    with store.write() as tx:
        assert tx.jobs.expire(now=LATER, limit=2) == 2
        assert tx.batches.get(batch_id).ended_at is None
        assert tx.jobs.expire(now=LATER, limit=2) == 1
        batch = tx.batches.get(batch_id)
    assert (batch.counts.expired, batch.ended_at) == (3, LATER)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.WAITING])
def test_a_job_that_has_not_started_is_canceled_at_once(store: Store, state: JobState):
    job = stored_job(store, state=state)
    with store.write() as tx:
        assert tx.jobs.cancel(job.id, now=LATER) is JobState.CANCELED
    kept = the_job(store, job.id)
    assert (kept.state, kept.reason, kept.ended_at) == (JobState.CANCELED, "canceled", LATER)


def test_a_running_job_is_asked_to_stop(store: Store):
    job = stored_job(store, state=JobState.RUNNING)
    stored_job(store, state=JobState.RUNNING)
    with store.write() as tx:
        assert tx.jobs.cancel(job.id, now=NOW) is JobState.RUNNING
    with store.read() as tx:
        assert tx.jobs.cancellations(WORKER) == [job.id]
        assert tx.jobs.cancellations("worker_other") == []
    with store.write() as tx:
        tx.jobs.settle([a_failure(job.id, state=JobState.CANCELED, run_at=None)])
        assert tx.jobs.cancellations(WORKER) == []


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.ERRORED, JobState.CANCELED])
def test_what_has_ended_stays_as_it_is(store: Store, state: JobState):
    job = stored_job(store, state=state)
    with store.write() as tx:
        assert tx.jobs.cancel(job.id, now=LATER) is state
    assert the_job(store, job.id) == job


def test_no_such_job_cannot_be_canceled(store: Store):
    with store.write() as tx:
        assert tx.jobs.cancel("job_none", now=NOW) is None


def test_canceling_a_batch_ends_what_has_not_started(store: Store):
    batch_id, ids = stored_batch(store, 6)
    _, [bystander] = stored_batch(store, 1)
    move(store, ids[:2], JobState.RUNNING)
    move(store, ids[2:3], JobState.SUCCEEDED)
    with store.write() as tx:
        assert tx.jobs.cancel_batch(batch_id, now=LATER) == 3
        batch = tx.batches.get(batch_id)
        assert sorted(tx.jobs.cancellations(WORKER)) == ids[:2]
    assert (batch.counts.canceled, batch.counts.running, batch.counts.succeeded) == (3, 2, 1)
    assert (batch.cancel_requested_at, batch.ended_at) == (LATER, None)
    assert the_job(store, bystander).state is JobState.QUEUED


def test_a_batch_that_had_not_started_ends_when_it_is_canceled(store: Store):
    batch_id, _ = stored_batch(store, 3)
    for now in (NOW, LATER):
        with store.write() as tx:
            tx.jobs.cancel_batch(batch_id, now=now)
    with store.read() as tx:
        batch = tx.batches.get(batch_id)
    assert (batch.counts.canceled, batch.cancel_requested_at, batch.ended_at) == (3, NOW, NOW)
