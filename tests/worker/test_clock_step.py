"""A host's clock is set while workers run; a real one takes root to set, so here it is a value."""

from datetime import timedelta

import pytest

from jobs.job import JobState
from tests.factories import NOW, an_outcome, stored_batch, the_job
from worker.engine.register import Register
from worker.maintenance.expirer import Expirer
from worker.maintenance.rescuer import Rescuer

HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=6)
SLOTS = 10


class Clock:
    """Shows what it was set to."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def judge(store, clock):
    """A worker, known and beating, that looks after the others."""
    register = Register(store=store, worker_id="worker_judge", slot_count=SLOTS, clock=clock)
    register.enter()
    return register


@pytest.fixture
def rescuer(store, judge):
    def may_judge():
        return judge.presence.has_lasted(timedelta(0))

    return Rescuer(store=store, worker_lease=LEASE, may_judge=may_judge)


@pytest.fixture
def running(store):
    """Two jobs that another worker, on a host of its own, runs."""
    batch_id, ids = stored_batch(store, 2)
    with store.write() as tx:
        tx.workers.register("worker_other", host="other", pid=1, slots=SLOTS, now=NOW)
        tx.jobs.claim(ids, worker_id="worker_other", now=NOW)
    return batch_id, ids


def beat(store, register):
    with store.write() as tx:
        register.beat(tx, in_flight=0)
    register.presence.note()


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_worker_whose_clock_was_just_set_takes_nobody_for_lost(store, clock, judge, rescuer, running, step):
    _, ids = running
    beat(store, judge)
    clock.now += step
    assert rescuer.run_once(clock()) == 0
    assert the_job(store, ids[0]).state is JobState.RUNNING


def test_jobs_taken_from_a_worker_that_lives_end_once_whatever_the_clocks_say(
    store, clock, judge, rescuer, running
):
    batch_id, ids = running
    clock.now += HOUR
    beat(store, judge)
    assert rescuer.run_once(clock()) == 2
    with store.write() as tx:
        tx.jobs.claim(ids, worker_id="worker_judge", now=clock())
    late, current = an_outcome(ids[0]), an_outcome(ids[0], attempt=2)
    with store.write() as tx:
        assert tx.jobs.settle([late]) == []
        assert tx.jobs.settle([current]) == [ids[0]]
        assert tx.jobs.settle([late, current]) == []
    with store.read() as tx:
        assert tx.batches.get(batch_id).counts.succeeded == 1


def test_a_clock_set_back_rescues_nobody_and_ends_nothing(store, clock, judge, rescuer, running):
    _, ids = running
    clock.now -= HOUR
    beat(store, judge)
    assert rescuer.run_once(clock()) == 0
    assert Expirer(store=store).run_once(clock()) == 0
    assert the_job(store, ids[0]).state is JobState.RUNNING


def test_a_clock_set_ahead_by_an_hour_expires_nothing_that_has_a_day(store, clock):
    stored_batch(store, 2)
    clock.now += HOUR
    assert Expirer(store=store).run_once(clock()) == 0
