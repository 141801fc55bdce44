"""Staging: what is ready goes out once, in order, and comes back if nobody claims it."""

from datetime import timedelta

from jobs.job import JobState, Priority
from jobs.store.store import Store
from tests.factories import LEASE, NOW, WORKER, a_failure, a_new_job, move, stored_batch, stored_job, the_job

LATER = NOW + timedelta(minutes=1)


def test_a_staged_job_is_not_staged_again(store: Store):
    stored_batch(store, 3)
    with store.write() as tx:
        assert len(tx.jobs.stage("sonnet-4", limit=2, now=NOW)) == 2
        assert len(tx.jobs.stage("sonnet-4", limit=2, now=NOW)) == 1
        assert tx.jobs.stage("sonnet-4", limit=2, now=NOW) == []
        assert tx.jobs.dispatched_counts() == {"sonnet-4": 3}


def test_an_item_says_what_a_worker_must_know(store: Store):
    job = stored_job(store, priority=Priority.INTERACTIVE, input_tokens_estimate=77)
    with store.write() as tx:
        [item] = tx.jobs.stage("sonnet-4", limit=9, now=NOW)
    assert (item.job_id, item.model, item.rank, item.input_tokens) == (job.id, job.model, 0, 77)


def test_a_claimed_job_is_no_longer_dispatched(store: Store):
    job = stored_job(store)
    with store.write() as tx:
        tx.jobs.stage("sonnet-4", limit=1, now=NOW)
        tx.jobs.claim([job.id], worker_id=WORKER, now=NOW)
        assert tx.jobs.dispatched_counts() == {}
        assert tx.jobs.undispatch(now=LATER + LEASE, lease=LEASE) == 0


def test_what_nobody_claimed_in_time_is_ready_again(store: Store):
    stored_job(store)
    with store.write() as tx:
        tx.jobs.stage("sonnet-4", limit=1, now=NOW)
        assert tx.jobs.undispatch(now=NOW, lease=LEASE) == 0
        assert tx.jobs.undispatch(now=LATER + LEASE, lease=LEASE) == 1
        assert len(tx.jobs.stage("sonnet-4", limit=1, now=LATER)) == 1


def test_only_dispatched_jobs_can_be_undispatched_by_id(store: Store):
    dispatched = a_new_job()
    running = stored_job(store, state=JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.add_many([dispatched], dispatched_at=NOW)
        assert tx.jobs.undispatch_ids([dispatched.id, running.id, "job_none"]) == 1
        assert tx.jobs.undispatch_ids([]) == 0


def test_waiting_jobs_are_woken_when_they_are_due(store: Store):
    due = stored_job(store, state=JobState.WAITING, run_at=NOW)
    early = stored_job(store, state=JobState.WAITING, run_at=LATER)
    with store.write() as tx:
        assert tx.jobs.wake(now=NOW, limit=10) == 1
    woken = the_job(store, due.id)
    assert (woken.state, woken.run_at) == (JobState.QUEUED, None)
    assert the_job(store, early.id).state is JobState.WAITING


def test_a_retry_goes_ahead_of_all_and_a_delayed_start_does_not(store: Store):
    _, [retried, *others] = stored_batch(store, 3)
    delayed = stored_job(store, state=JobState.WAITING, run_at=NOW)
    move(store, [retried], JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.settle([a_failure(retried, run_at=NOW)])
        assert tx.jobs.wake(now=NOW, limit=10) == 2
        order = [item.job_id for item in tx.jobs.stage("sonnet-4", limit=10, now=NOW)]
    assert order == [retried, others[0], delayed.id, others[1]]


def test_many_delayed_starts_do_not_push_in_front(store: Store):
    stored_batch(store, 200, run_at=NOW)
    with store.write() as tx:
        tx.jobs.wake(now=NOW, limit=200)
    _, few = stored_batch(store, 2)
    with store.write() as tx:
        first = [item.job_id for item in tx.jobs.stage("sonnet-4", limit=4, now=NOW)]
    assert set(few) <= set(first)


def test_each_lane_has_a_line_of_its_own(store: Store):
    stored_batch(store, 3, lane="opus-4")
    stored_batch(store, 2, lane="haiku-5-5")
    with store.write() as tx:
        assert tx.jobs.ready_lanes() == ["haiku-5-5", "opus-4"]
        assert len(tx.jobs.stage("haiku-5-5", limit=9, now=NOW)) == 2
        assert tx.jobs.ready_lanes() == ["opus-4"]
        assert [item.vstart for item in tx.jobs.stage("opus-4", limit=2, now=NOW)] == [0, 1]
        assert tx.jobs.dispatched_counts() == {"haiku-5-5": 2, "opus-4": 2}


def test_a_clock_that_is_put_back_leaves_no_job_dispatched_for_ever(store: Store):
    stored_job(store)
    with store.write() as tx:
        tx.jobs.stage("sonnet-4", limit=1, now=NOW + timedelta(hours=1))
        assert tx.jobs.undispatch(now=NOW, lease=LEASE) == 1
