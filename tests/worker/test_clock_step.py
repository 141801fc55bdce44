"""Clocks are set while workers run; to set a real one takes root, so here a host's is a value.

The database's is not ours to set either: setting it ahead makes all heartbeats older, and putting it back
makes them younger.
"""

from datetime import timedelta

import pytest

from jobs.job import JobState
from tests.factories import NOW, an_outcome, stored_batch, the_job
from tests.worker.record_clock import age
from worker.engine.register import Register
from worker.maintenance.expirer import Expirer
from worker.maintenance.rescuer import Rescuer

HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=600)
OTHER = "worker_other"
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

    return Rescuer(store=store, judge=judge.worker_id, worker_lease=LEASE, may_judge=may_judge)


@pytest.fixture
def running(store):
    """Two jobs that another worker, on a host of its own, runs."""
    batch_id, ids = stored_batch(store, 2)
    with store.write() as tx:
        tx.workers.register(OTHER, host="other", pid=1, slots=SLOTS)
        tx.jobs.claim(ids, worker_id=OTHER, now=NOW)
    return batch_id, ids


def beat(store, register):
    with store.write() as tx:
        beat_at = register.beat(tx, in_flight=0)
    register.presence.note(beat_at)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_worker_whose_clock_was_just_set_takes_nobody_for_lost(
    store, database_url, clock, judge, rescuer, running, step
):
    beat(store, judge)
    age(database_url, 2 * LEASE, worker_id=OTHER)
    clock.now += step
    assert rescuer.run_once(clock()) == 0
    assert the_job(store, running[1][0]).state is JobState.RUNNING


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_dead_worker_is_found_out_though_the_judges_clock_is_wrong(
    store, database_url, clock, judge, rescuer, running, step
):
    clock.now += step
    beat(store, judge)
    assert rescuer.run_once(clock()) == 0
    age(database_url, 2 * LEASE, worker_id=OTHER)
    assert rescuer.run_once(clock()) == 2
    assert the_job(store, running[1][0]).state is JobState.QUEUED


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_when_the_databases_clock_is_set_nobody_is_taken_for_lost_before_the_judge_has_beaten(
    store, database_url, clock, rescuer, running, step
):
    age(database_url, step)
    assert rescuer.run_once(clock()) == 0
    assert the_job(store, running[1][0]).state is JobState.RUNNING


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_worker_that_died_before_the_databases_clock_was_set_is_found_out_afterwards(
    store, database_url, clock, judge, rescuer, running, step
):
    age(database_url, step)
    beat(store, judge)
    assert rescuer.run_once(clock()) == 2
    assert the_job(store, running[1][0]).state is JobState.QUEUED


def test_jobs_taken_from_a_worker_that_lives_end_once(store, database_url, clock, judge, rescuer, running):
    batch_id, ids = running
    age(database_url, 2 * LEASE, worker_id=OTHER)
    assert rescuer.run_once(clock()) == 2
    with store.write() as tx:
        tx.jobs.claim(ids, worker_id=judge.worker_id, now=clock())
    late, current = an_outcome(ids[0]), an_outcome(ids[0], attempt=2)
    with store.write() as tx:
        assert tx.jobs.settle([late]) == []
        assert tx.jobs.settle([current]) == [ids[0]]
        assert tx.jobs.settle([late, current]) == []
    with store.read() as tx:
        assert tx.batches.get(batch_id).counts.succeeded == 1


def test_a_clock_put_back_expires_nothing(store, clock):
    stored_batch(store, 2)
    clock.now -= HOUR
    assert Expirer(store=store).run_once(clock()) == 0


def test_a_clock_set_ahead_by_an_hour_expires_nothing_that_has_a_day(store, clock):
    stored_batch(store, 2)
    clock.now += HOUR
    assert Expirer(store=store).run_once(clock()) == 0
