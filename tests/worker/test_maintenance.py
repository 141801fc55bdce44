from datetime import timedelta

import pytest
from redis import Redis

from jobs.bundle import decode_bundle
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.job import JobState
from jobs.queues import Queue
from jobs.settings import read_settings
from tests.factories import NOW, an_outcome, move, stored_batch, stored_job, the_job
from tests.scheduling import HOUR, MIDNIGHT, hall
from tests.worker.record_clock import age
from worker.maintenance.expirer import Expirer
from worker.maintenance.pruner import Pruner
from worker.maintenance.rescuer import Rescuer
from worker.maintenance.stager import LEAST_HORIZON, Stager

LEASE = timedelta(seconds=10)
WORKER_LEASE = timedelta(seconds=600)


@pytest.fixture
def dispatcher(valkey_url):
    dispatcher = Dispatcher(celery=make_celery(read_settings({"REDIS_URL": valkey_url})), clock=utc_now)
    yield dispatcher
    dispatcher.close()


@pytest.fixture
def stager(store, dispatcher):
    return Stager(store=store, dispatcher=dispatcher, dispatch_lease=LEASE)


def a_rescuer(store, *, may_judge=True):
    return Rescuer(store=store, judge="worker_judge", worker_lease=WORKER_LEASE, may_judge=lambda: may_judge)


def waiting_messages(valkey_url):
    with Redis.from_url(valkey_url) as broker:
        return broker.llen(Queue.BUNDLES.value)


def test_ready_jobs_are_sent_once(store, stager, valkey_url):
    stored_batch(store, 150)
    assert stager.run_once(NOW) == 150
    assert waiting_messages(valkey_url) == 2
    assert stager.run_once(NOW) == 0


def test_no_more_is_sent_than_the_horizon_holds(store, stager):
    stored_batch(store, LEAST_HORIZON + 50)
    assert stager.run_once(NOW) == LEAST_HORIZON
    assert stager.run_once(NOW) == 0


def test_a_larger_fleet_has_a_further_horizon(store, stager):
    stored_batch(store, 1000)
    with store.write() as tx:
        tx.workers.register("worker_a", host="a", pid=1, slots=300)
    assert stager.run_once(NOW) == 900


def test_a_faster_worker_has_a_further_horizon(store, stager):
    stored_batch(store, 1000)
    assert stager.run_once(NOW, pace=2000.0) == 800


def test_what_nobody_claimed_within_the_lease_is_sent_again(store, stager, valkey_url):
    stored_batch(store, 5)
    stager.run_once(NOW)
    assert stager.run_once(NOW + LEASE / 2) == 0
    assert stager.run_once(NOW + LEASE * 1.1) == 5
    assert waiting_messages(valkey_url) == 2


def test_ten_new_jobs_do_not_wait_behind_a_thousand(store, stager):
    stored_batch(store, 1000)
    stager.run_once(NOW)
    _, new = stored_batch(store, 10)
    with store.write() as tx:
        staged = [item.job_id for item in tx.jobs.stage("sonnet-4", limit=20, now=NOW)]
    assert set(new) <= set(staged)


def test_a_retry_that_is_due_is_sent(store, stager):
    stored_job(store, state=JobState.WAITING, run_at=NOW + timedelta(seconds=30))
    assert stager.run_once(NOW) == 0
    assert stager.run_once(NOW + timedelta(seconds=31)) == 1


def test_jobs_that_the_broker_would_not_take_stay_ready(store, free_tcp_port):
    celery = make_celery(read_settings({"REDIS_URL": f"redis://127.0.0.1:{free_tcp_port}"}))
    dispatcher = Dispatcher(celery=celery, clock=utc_now)
    stored_batch(store, 5)
    assert Stager(store=store, dispatcher=dispatcher, dispatch_lease=LEASE).run_once(NOW) == 0
    dispatcher.close()
    with store.read() as tx:
        assert tx.jobs.dispatched_counts() == {}


def test_a_bundle_names_each_job_with_what_its_order_depends_on(store, stager, valkey_url):
    job = stored_job(store)
    stager.run_once(NOW)
    celery = make_celery(read_settings({"REDIS_URL": valkey_url}))
    with celery.connection_for_read() as connection, connection.SimpleQueue(Queue.BUNDLES.value) as queue:
        [item] = decode_bundle(queue.get_nowait().payload[0][0]).items
    celery.close()
    assert (item.job_id, item.model, item.rank) == (job.id, job.model, 1)


def test_the_jobs_of_a_silent_worker_are_queued_again_without_a_failure(store, database_url):
    job = stored_job(store)
    with store.write() as tx:
        tx.workers.register("worker_a", host="a", pid=1, slots=10)
        tx.jobs.claim([job.id], worker_id="worker_a", now=NOW)
    rescuer = a_rescuer(store)
    assert rescuer.run_once(NOW) == 0
    age(database_url, 2 * WORKER_LEASE)
    assert rescuer.run_once(NOW) == 1
    rescued = the_job(store, job.id)
    assert (rescued.state, rescued.failures, rescued.attempt) == (JobState.QUEUED, 0, 1)


def test_nobody_is_taken_for_lost_while_the_silence_may_be_the_records_own(store):
    job = stored_job(store)
    with store.write() as tx:
        tx.jobs.claim([job.id], worker_id="worker_a", now=NOW)
    assert a_rescuer(store, may_judge=False).run_once(NOW) == 0
    assert the_job(store, job.id).state is JobState.RUNNING


def test_nobody_is_taken_for_lost_when_the_judge_itself_had_to_wait_for_the_record(store):
    job = stored_job(store)
    with store.write() as tx:
        tx.jobs.claim([job.id], worker_id="worker_a", now=NOW)
    answers = iter([True, False])  # before it waited, and after
    rescuer = Rescuer(
        store=store, judge="worker_judge", worker_lease=WORKER_LEASE, may_judge=lambda: next(answers)
    )
    assert rescuer.run_once(NOW) == 0
    assert the_job(store, job.id).state is JobState.RUNNING


def test_a_rescued_jobs_late_result_is_refused(store):
    job = stored_job(store)
    with store.write() as tx:
        tx.jobs.claim([job.id], worker_id="worker_gone", now=NOW)
    a_rescuer(store).run_once(NOW)
    with store.write() as tx:
        assert tx.jobs.settle([an_outcome(job.id)]) == []
    assert the_job(store, job.id).state is JobState.QUEUED


def test_what_was_never_started_expires(store):
    job = stored_job(store)
    expirer = Expirer(store=store)
    assert expirer.run_once(job.expires_at - timedelta(seconds=1)) == 0
    assert expirer.run_once(job.expires_at + timedelta(seconds=1)) == 1
    assert the_job(store, job.id).state is JobState.EXPIRED


def test_ended_jobs_are_deleted_after_their_retention(store):
    batch_id, ids = stored_batch(store, 3)
    move(store, ids, JobState.SUCCEEDED)
    live = stored_job(store)
    pruner = Pruner(store=store, retention=timedelta(days=29))
    assert pruner.run_once(NOW + timedelta(days=28)) == 0
    assert pruner.run_once(NOW + timedelta(days=30)) == 3
    with store.read() as tx:
        assert tx.batches.get(batch_id) is None
        assert tx.jobs.get(live.id) is not None


def test_what_became_of_due_times_is_deleted_after_the_same_retention(store):
    with hall(store) as desk:
        schedule = desk.add()
        desk.tick(MIDNIGHT + HOUR)
        pruner = Pruner(store=store, retention=timedelta(days=29))
        left = []
        for days in (29, 30):
            pruner.run_once(MIDNIGHT + timedelta(days=days))
            left.append(len(desk.runs(schedule)))
        desk.tick(MIDNIGHT + HOUR)
        assert (left, len(desk.batches())) == ([1, 0], 1)


def test_a_lane_that_is_full_does_not_keep_another_from_being_staged(store, stager):
    stored_batch(store, LEAST_HORIZON + 50, lane="opus-4")
    assert stager.run_once(NOW) == LEAST_HORIZON
    stored_batch(store, 20, lane="haiku-5-5")
    assert stager.run_once(NOW) == 20
