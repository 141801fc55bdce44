"""Whatever ends a scheduler in the middle, a due time is run once: its row and its batch are one commit."""

import multiprocessing
import os
import signal
import threading
from functools import partial

import psycopg
import pytest

from jobs.errors import StoreUnavailableError
from jobs.schedules.schedule import MissedPolicy, RunState, ScheduleKind, Timetable
from jobs.schedules.scheduling import Scheduling
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.scheduling import HOUR, MIDNIGHT, a_plan, hall, states
from worker.maintenance.scheduler import LEASE, Scheduler

NOW = MIDNIGHT + HOUR
SEEN, WRITTEN, COMMITTED = "all is read", "all is written, nothing committed", "all is committed"
ONCE = ["nightly 2026-11-23T01:00:00Z"]


class Doomed:
    """A kind that does what another does, and strikes at a point of it."""

    def __init__(self, kind, point, strike):
        self._kind, self._point, self._strike = kind, point, strike

    def __getattr__(self, name):
        return getattr(self._kind, name)

    def submit(self, plan, run, within):
        def fatal(tx, submitted):
            within(tx, submitted)
            self._at(WRITTEN)

        self._at(SEEN)
        self._kind.submit(plan, run, fatal)
        self._at(COMMITTED)

    def _at(self, point):
        if point == self._point:
            self._strike()


def doomed(desk, point, strike):
    kinds = {ScheduleKind.REQUESTS: Doomed(desk.kinds[ScheduleKind.REQUESTS], point, strike)}
    return Scheduler(store=desk.store, kinds=kinds)


def tick_and_die(database_url, point):
    with hall(Store(open_engine(database_url))) as desk:
        doomed(desk, point, partial(os.kill, os.getpid(), signal.SIGKILL)).run_once(NOW)


def cut_connections(url):
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle in transaction'"
        )


def at_once(count, work):
    start = threading.Barrier(count)

    def one():
        start.wait()
        work()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def desk(store):
    with hall(store) as desk:
        yield desk


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("point", [WRITTEN, COMMITTED])
def test_a_scheduler_killed_at_any_point_leaves_a_due_time_to_be_run_once(database_url, desk, point):
    schedule = desk.add(a_plan(size=3))
    process = multiprocessing.get_context("spawn").Process(target=tick_and_die, args=(database_url, point))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert len(desk.batches()) == len(desk.runs(schedule)) == (point == COMMITTED)
    for _ in range(2):
        desk.tick(NOW + LEASE)
    assert (desk.batches(), states(desk.runs(schedule))) == (ONCE, ["started"])


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_connection_lost_before_the_commit_loses_nothing(database_url, desk):
    schedule = desk.add(a_plan(size=3))
    with pytest.raises(StoreUnavailableError):
        doomed(desk, WRITTEN, partial(cut_connections, database_url)).run_once(NOW)
    assert desk.batches() == []
    desk.tick(NOW + LEASE)
    assert (desk.batches(), states(desk.runs(schedule))) == (ONCE, ["started"])


def test_what_a_killed_scheduler_had_claimed_is_run_by_another_after_the_lease(desk):
    schedule = desk.add(missed=MissedPolicy.SKIP)
    with desk.store.write() as tx:
        assert tx.schedules.claim(schedule.id, now=NOW, lease=LEASE)
    assert desk.tick(NOW) == 0
    assert desk.tick(NOW + LEASE) == 1
    assert (desk.batches(), states(desk.runs(schedule))) == (ONCE, ["started"])


def test_a_scheduler_that_slept_past_its_lease_stores_nothing(desk):
    schedule = desk.add()
    doomed(desk, SEEN, lambda: desk.tick(NOW + LEASE)).run_once(NOW)
    assert (desk.batches(), states(desk.runs(schedule))) == (ONCE, ["started"])


def test_schedulers_that_tick_at_the_same_moment_run_a_due_time_once(desk):
    schedule = desk.add(a_plan(size=50))
    at_once(4, lambda: desk.another_scheduler().run_once(NOW))
    assert (desk.batches(), states(desk.runs(schedule))) == (ONCE, ["started"])


def test_schedulers_that_race_for_many_due_times_run_each_once(desk):
    every = HOUR / 60  # longer than a lease, so that each takes from the others what they are about
    schedule = desk.add(timetable=Timetable(every=every), missed=MissedPolicy.ALL)
    due = [MIDNIGHT + number * every for number in range(1, 13)]

    def race():
        scheduler = desk.another_scheduler()
        for at in due:
            scheduler.run_once(at)

    at_once(3, race)
    desk.tick(due[-1] + LEASE)
    assert [run.due_at for run in desk.runs(schedule)] == due
    assert len(desk.batches()) == len(desk.runs(schedule, RunState.STARTED))


@pytest.mark.parametrize("move", ["pause", "remove"])
def test_what_is_paused_or_removed_while_a_run_is_being_made_submits_nothing(desk, move):
    schedule = desk.add()
    scheduling = Scheduling(store=desk.store, clock=lambda: NOW)
    doomed(desk, SEEN, partial(getattr(scheduling, move), schedule.id, tenant="default")).run_once(NOW)
    desk.tick(NOW + LEASE)
    assert desk.batches() == desk.runs(schedule) == []
