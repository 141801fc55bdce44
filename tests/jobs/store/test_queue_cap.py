import threading

import psycopg
import pytest

from jobs.errors import QueueFullError
from jobs.job import JobState
from jobs.queue_cap import require_room
from jobs.tenant import Tenant
from tests.eventually import until
from tests.factories import NOW, a_new_job, stored_batch, stored_job

WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def lay_down(store, cap):
    with store.write() as tx:
        tx.tenants.put(Tenant(name="default", max_queued=cap), now=NOW)


def test_only_queued_and_waiting_jobs_of_the_tenant_are_counted_and_not_far(store):
    stored_batch(store, 3)
    for state in (JobState.WAITING, JobState.RUNNING, JobState.SUCCEEDED):
        stored_job(store, state=state)
    stored_job(store, tenant="other")
    with store.read() as tx:
        assert tx.jobs.startable_count("default", most=100) == 4
        assert tx.jobs.startable_count("default", most=1) == 2
        assert tx.jobs.startable_count("default", most=0) == 0


@pytest.mark.parametrize(
    ("cap", "count", "fits"), [(None, 9, True), (5, 2, True), (5, 3, False), (0, 1, False)]
)
def test_there_is_room_up_to_the_cap(store, cap, count, fits):
    stored_batch(store, 3)
    lay_down(store, cap)
    with store.write() as tx:
        if fits:
            require_room(tx, "default", count)
        else:
            with pytest.raises(QueueFullError) as caught:
                require_room(tx, "default", count)
            assert caught.value.is_hopeless == (count > cap)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_of_two_batches_at_once_the_second_sees_the_first(store, database_url):
    lay_down(store, 3)
    outcomes = []

    def submit():
        try:
            with store.write() as tx:
                require_room(tx, "default", 2)
            outcomes.append("taken")
        except QueueFullError:
            outcomes.append("refused")

    second = threading.Thread(target=submit)
    with store.write() as tx, psycopg.connect(database_url, autocommit=True) as onlooker:
        require_room(tx, "default", 2)
        tx.jobs.add_many([a_new_job(), a_new_job()], dispatched_at=None)
        second.start()
        until(lambda: outcomes or onlooker.execute(WAITING).fetchone(), "the second to wait")
    second.join()
    assert outcomes == ["refused"]
