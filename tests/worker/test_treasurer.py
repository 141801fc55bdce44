"""The treasurer: what no budget allows leaves the line, and comes back when there is money again."""

from datetime import timedelta

import pytest

from jobs.job import JobState, Usage
from jobs.tenant import Tenant
from tests.factories import NOW, WORKER, a_batch, a_new_job, an_outcome, stored_batch
from worker.maintenance.treasurer import PIECE_SIZE, Treasurer

MANY = 2 * PIECE_SIZE + 10


@pytest.fixture
def treasurer(store):
    return Treasurer(store=store)


def spent_batch(store, size, *, max_cost=1.0):
    """Store a batch whose first job cost two dollars."""
    batch = a_batch(total=size, max_cost=max_cost)
    jobs = [a_new_job(batch_id=batch.id) for _ in range(size)]
    with store.write() as tx:
        tx.batches.add(batch)
        tx.jobs.add_many(jobs, dispatched_at=None)
        spend(tx, jobs[0].id)
    return batch.id


def spend(tx, job_id):
    tx.jobs.claim([job_id], worker_id=WORKER, now=NOW)
    tx.jobs.settle([an_outcome(job_id, usage=Usage(cost=2.0))])


def counts(store, batch_id):
    with store.read() as tx:
        found = tx.batches.get(batch_id).counts
    return found.waiting, found.queued


def drained(treasurer, now=NOW):
    """Let the treasurer work until there is nothing to do; return how many jobs it moved."""
    moved = 0
    while piece := treasurer.run_once(now):
        moved += piece
    return moved


def test_the_rest_of_a_spent_batch_waits_and_goes_on_when_it_is_raised(store, treasurer):
    batch_id = spent_batch(store, MANY + 1)
    assert drained(treasurer) == MANY
    assert counts(store, batch_id) == (MANY, 0)
    with store.write() as tx:
        tx.batches.set_max_cost(batch_id, 9.0)
    assert drained(treasurer) == MANY
    assert counts(store, batch_id) == (0, MANY)


def test_what_is_on_its_way_to_a_worker_is_left_to_the_claim(store, treasurer):
    batch_id = spent_batch(store, 5)
    with store.write() as tx:
        items = tx.jobs.stage("sonnet-4", limit=2, now=NOW)
    assert drained(treasurer) == 2
    with store.write() as tx:
        assert tx.jobs.claim([item.job_id for item in items], worker_id=WORKER, now=NOW) == []
    assert counts(store, batch_id) == (4, 0)


def test_a_spent_tenant_waits_for_tomorrow(store, treasurer):
    with store.write() as tx:
        tx.tenants.put(Tenant(name="default", daily_budget=2.0), now=NOW)
    batch_id, ids = stored_batch(store, 4)
    with store.write() as tx:
        spend(tx, ids[0])
    assert drained(treasurer) == 3
    assert counts(store, batch_id) == (3, 0)
    assert drained(treasurer, NOW + timedelta(days=1)) == 3
    assert counts(store, batch_id) == (0, 3)


def test_there_is_nothing_to_do_where_there_is_money(store, treasurer):
    spent_batch(store, 5, max_cost=2.5)
    spent_batch(store, 5, max_cost=None)
    assert treasurer.run_once(NOW) == 0


def test_an_ended_batch_is_left_alone(store, treasurer):
    batch_id = spent_batch(store, 1)
    assert treasurer.run_once(NOW) == 0
    with store.read() as tx:
        [job] = tx.jobs.list(tenant="default", batch_id=batch_id, limit=2)
    assert job.state is JobState.SUCCEEDED
