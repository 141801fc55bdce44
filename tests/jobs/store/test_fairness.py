"""Shares: tenants divide a lane by their weights, however many batches they have and however large."""

from collections import Counter

import pytest

from jobs.store.store import Store
from jobs.tenant import Tenant
from tests.factories import NOW, WORKER, a_batch, a_new_job, stored_batch, stored_job

LANE = "sonnet-4"


def weigh(store: Store, **weights: float) -> None:
    with store.write() as tx:
        for name, weight in weights.items():
            tx.tenants.put(Tenant(name=name, weight=weight), now=NOW)


def drained(store: Store, count: int, *, step: int) -> Counter[str]:
    """Stage and claim `count` jobs, `step` at a time; return how many of them were whose."""
    served: Counter[str] = Counter()
    for _ in range(count // step):
        with store.write() as tx:
            items = tx.jobs.stage(LANE, limit=step, now=NOW)
            claimed = tx.jobs.claim([item.job_id for item in items], worker_id=WORKER, now=NOW)
        served.update(job.tenant for job in claimed)
    return served


@pytest.mark.parametrize("step", [1, 7, 100])
def test_twice_the_weight_is_twice_the_share_whatever_the_sizes(store: Store, step: int):
    weigh(store, heavy=2.0)
    stored_batch(store, 300, tenant="light")
    stored_batch(store, 250, tenant="heavy")
    served = drained(store, 300, step=step)
    assert served["heavy"] / served["light"] == pytest.approx(2, rel=0.03)


def test_the_batches_of_one_tenant_share_what_is_its(store: Store):
    for _ in range(5):
        stored_batch(store, 60, tenant="many")
    stored_batch(store, 200, tenant="one")
    assert drained(store, 200, step=20) == {"many": 100, "one": 100}


def test_who_was_away_neither_saved_up_nor_has_to_pay(store: Store):
    stored_batch(store, 400, tenant="early")
    drained(store, 200, step=50)
    stored_batch(store, 200, tenant="late")
    assert drained(store, 100, step=10) == {"early": 50, "late": 50}
    stored_batch(store, 100, tenant="third")
    assert drained(store, 90, step=10) == {"early": 30, "late": 30, "third": 30}


def test_what_one_tenant_leaves_the_others_get(store: Store):
    weigh(store, heavy=8.0)
    stored_batch(store, 5, tenant="heavy")
    stored_batch(store, 100, tenant="light")
    assert drained(store, 50, step=50) == {"heavy": 5, "light": 45}


def test_items_come_in_the_order_of_turns(store: Store):
    weigh(store, heavy=2.0)
    _, heavy = stored_batch(store, 6, tenant="heavy")
    _, light = stored_batch(store, 3, tenant="light")
    with store.write() as tx:
        items = tx.jobs.stage(LANE, limit=9, now=NOW)
    turns = [item.vstart for item in items]
    assert turns == sorted(turns)
    assert [item.job_id for item in items if item.job_id in heavy] == heavy
    assert {item.job_id for item in items[:3]} == {*heavy[:2], light[0]}


def test_a_few_jobs_of_a_tenant_are_not_behind_its_own_large_batch(store: Store):
    stored_batch(store, 200)
    drained(store, 50, step=50)
    _, few = stored_batch(store, 3)
    with store.write() as tx:
        first = [item.job_id for item in tx.jobs.stage(LANE, limit=6, now=NOW)]
    assert set(few) <= set(first)


def test_a_job_sent_out_at_once_stands_at_its_tenants_next_turn(store: Store):
    stored_batch(store, 100, tenant="busy")
    drained(store, 40, step=20)
    job = a_new_job(tenant="busy")
    with store.write() as tx:
        turns = tx.jobs.add_many([job], dispatched_at=NOW)
        [after] = tx.jobs.stage(LANE, limit=1, now=NOW)
    assert turns == {LANE: after.vstart}


def test_lanes_keep_their_turns_apart(store: Store):
    weigh(store, heavy=2.0)
    for lane in (LANE, "opus-4"):
        stored_batch(store, 60, tenant="heavy", lane=lane)
        stored_batch(store, 60, tenant="light", lane=lane)
    drained(store, 30, step=10)
    with store.write() as tx:
        [first, *_] = tx.jobs.stage("opus-4", limit=3, now=NOW)
    assert first.vstart == 0


def test_a_batch_of_many_lanes_has_a_place_in_each(store: Store):
    batch = a_batch(total=2)
    jobs = [a_new_job(batch_id=batch.id, lane=lane) for lane in (LANE, "opus-4")]
    stored_job(store, lane="opus-4")
    with store.write() as tx:
        tx.batches.add(batch)
        assert tx.jobs.add_many(jobs, dispatched_at=NOW) == {LANE: 0.0, "opus-4": 0.0}
