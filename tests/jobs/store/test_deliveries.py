import json
from datetime import timedelta

import pytest

from jobs.job import JobState
from jobs.webhooks.delivery import DeliveryOutcome
from tests.factories import NOW, a_batch, a_failure, a_new_job, an_outcome, move
from tests.worker.webhooks.queueing import queued
from worker.webhooks.schedule import WAITS

URL = "https://example.com/hook"
LEASE = timedelta(seconds=60)


@pytest.fixture
def told(store):
    """Return what was told, oldest first."""

    def all_of_it():
        with store.read() as tx:
            found = tx.deliveries.list(tenant="default", limit=100)[::-1]
            return [json.loads(tx.deliveries.payload(each.id)) for each in found]

    return all_of_it


def batch_of(store, size, webhook=URL):
    batch = a_batch(total=size, webhook=webhook)
    jobs = [a_new_job(batch_id=batch.id) for _ in range(size)]
    with store.write() as tx:
        tx.batches.add(batch)
        tx.jobs.add_many(jobs, dispatched_at=None)
    return batch.id, [job.id for job in jobs]


def test_a_batch_is_told_of_once_when_its_last_job_ends(store, told):
    batch_id, ids = batch_of(store, 3)
    move(store, ids[:2], JobState.SUCCEEDED)
    assert told() == []
    move(store, ids[2:], JobState.ERRORED)
    [event] = told()
    assert (event["type"], event["data"]["id"], event["data"]["state"]) == ("batch.ended", batch_id, "ended")
    assert event["data"]["counts"]["succeeded"] == 2
    assert event["timestamp"] == event["data"]["ended_at"]


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.ERRORED, JobState.CANCELED, JobState.EXPIRED])
def test_whatever_ends_the_batch_is_told(store, told, state):
    _, ids = batch_of(store, 2)
    move(store, ids, state)
    assert [event["data"]["counts"][state] for event in told()] == [2]


def test_a_canceled_batch_is_told_of(store, told):
    batch_id, _ = batch_of(store, 2)
    with store.write() as tx:
        tx.jobs.cancel_batch(batch_id, now=NOW)
        tx.jobs.cancel_batch(batch_id, now=NOW)
    assert [event["data"]["counts"]["canceled"] for event in told()] == [2]


def test_a_batch_that_runs_again_ends_again(store, told):
    batch_id, ids = batch_of(store, 2)
    move(store, ids, JobState.ERRORED)
    with store.write() as tx:
        tx.jobs.retry_batch(batch_id, expires_at=NOW + LEASE)
        assert tx.jobs.claim(ids, worker_id="worker_a", now=NOW)
        tx.jobs.settle([an_outcome(job_id, attempt=2) for job_id in ids])
    assert [event["data"]["counts"]["errored"] for event in told()] == [2, 0]


def test_a_batch_that_goes_on_is_not_told_of(store, told):
    _, ids = batch_of(store, 1)
    with store.write() as tx:
        tx.jobs.claim(ids, worker_id="worker_a", now=NOW)
        tx.jobs.settle([a_failure(ids[0])])
    assert told() == []


def test_without_a_webhook_nobody_is_told(store, told):
    _, ids = batch_of(store, 2, webhook=None)
    move(store, ids, JobState.SUCCEEDED)
    assert told() == []


def test_what_is_rolled_back_is_not_told(store, told):
    _, [job_id] = batch_of(store, 1)
    move(store, [job_id], JobState.RUNNING)
    with pytest.raises(RuntimeError), store.write() as tx:
        raise RuntimeError(tx.jobs.settle([an_outcome(job_id)]))
    assert told() == []


def test_a_claimed_delivery_is_left_alone_until_its_lease_ends(store):
    queued(store, URL)
    with store.write() as tx:
        [first] = tx.deliveries.claim(now=NOW, lease=LEASE, limit=9)
        assert tx.deliveries.claim(now=NOW + LEASE / 2, lease=LEASE, limit=9) == []
        [again] = tx.deliveries.claim(now=NOW + LEASE, lease=LEASE, limit=9)
    assert (first.id, first.attempt, again.attempt) == (again.id, 1, 2)


def test_a_late_attempt_does_not_undo_what_a_later_one_did(store):
    delivery_id = queued(store, URL)
    with store.write() as tx:
        tx.deliveries.claim(now=NOW, lease=LEASE, limit=9)
        tx.deliveries.claim(now=NOW + LEASE, lease=LEASE, limit=9)
        done = {"delivery_id": delivery_id, "ended_at": NOW}
        tx.deliveries.settle([DeliveryOutcome(attempt=2, status=200, **done)])
        tx.deliveries.settle([DeliveryOutcome(attempt=1, error="late", next_at=NOW + WAITS[0], **done)])
        assert tx.deliveries.get(delivery_id).state == "delivered"
        assert [each.error for each in tx.deliveries.attempts(delivery_id)] == ["late", None]


def test_a_tenant_sees_its_own_deliveries_only(store):
    delivery_id = queued(store, URL, tenant="acme")
    with store.read() as tx:
        assert tx.deliveries.get(delivery_id, tenant="default") is None
        assert tx.deliveries.list(tenant="default", limit=9) == []
        assert [each.id for each in tx.deliveries.list(tenant="acme", limit=9)] == [delivery_id]


def test_old_deliveries_are_deleted_unless_they_are_pending(store):
    sent, pending = queued(store, URL), queued(store, URL)
    with store.write() as tx:
        tx.deliveries.claim(now=NOW, lease=LEASE, limit=1)
        tx.deliveries.settle([DeliveryOutcome(delivery_id=sent, attempt=1, ended_at=NOW, status=200)])
        assert tx.deliveries.delete_old(before=NOW + LEASE, limit=9) == 1
        assert tx.deliveries.attempts(sent) == []
        assert [each.id for each in tx.deliveries.list(tenant="default", limit=9)] == [pending]
