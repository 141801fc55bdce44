"""What people do with schedules, while workers run them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from jobs.errors import ConflictError, NotFoundError
from jobs.schedules.due_times import TimetableError
from jobs.schedules.schedule import (
    MOST_QUEUED,
    OverlapPolicy,
    RunState,
    ScheduleKind,
    ScheduleState,
    Timetable,
)
from jobs.schedules.scheduling import INSTANT, Scheduling, find_schedule
from tests.scheduling import HOUR, HOURLY, MIDNIGHT, a_plan, hall, hours, states


class Wall:
    """A clock that stands still until it is set."""

    now = MIDNIGHT

    def __call__(self):
        return self.now


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def desk(store):
    with hall(store) as desk:
        yield desk


@pytest.fixture
def scheduling(store, wall):
    return Scheduling(store=store, clock=wall)


def add(scheduling, name="nightly", *, tenant="default", timetable=HOURLY, **details):
    return scheduling.add(
        name, tenant=tenant, kind=ScheduleKind.REQUESTS, plan=a_plan(), timetable=timetable, **details
    )


def test_an_added_schedule_runs_at_its_first_due_time(scheduling, desk):
    schedule = add(scheduling)
    assert (schedule.state, schedule.next_at) == (ScheduleState.ACTIVE, MIDNIGHT + HOUR)
    assert desk.get(schedule) == schedule
    desk.tick(MIDNIGHT + HOUR)
    assert states(desk.runs(schedule)) == ["started"]


def test_a_name_is_taken_once_by_each_tenant(scheduling):
    add(scheduling)
    add(scheduling, tenant="other")
    with pytest.raises(ConflictError, match="there is a schedule nightly already"):
        add(scheduling)


def test_a_timetable_that_makes_no_sense_stores_nothing(scheduling, store):
    with pytest.raises(TimetableError):
        add(scheduling, timetable=Timetable(cron="61 * * * *"))
    with store.read() as tx:
        assert tx.schedules.list(tenant="default", limit=10) == []


@pytest.mark.parametrize("move", ["pause", "resume", "remove", "trigger"])
def test_a_schedule_is_found_by_name_and_by_id_and_only_by_its_tenant(scheduling, move):
    schedule = add(scheduling)
    for name, tenant in (("nightly", "other"), (schedule.id, "other"), ("week\0ly", "default")):
        with pytest.raises(NotFoundError, match="there is no schedule"):
            getattr(scheduling, move)(name, tenant=tenant)
    getattr(scheduling, move)(schedule.id, tenant="default")


def test_what_was_due_while_it_was_paused_is_not_made_up_for(scheduling, desk, wall):
    schedule = add(scheduling)
    assert scheduling.pause("nightly", tenant="default").next_at is None
    desk.tick(MIDNIGHT + 3 * HOUR)
    wall.now = MIDNIGHT + 3.5 * HOUR
    assert scheduling.resume("nightly", tenant="default").next_at == MIDNIGHT + 4 * HOUR
    desk.tick(MIDNIGHT + 4 * HOUR)
    assert hours(desk.runs(schedule)) == [4]
    assert desk.get(schedule).missed_count == 0


def test_pausing_and_resuming_twice_changes_nothing(scheduling):
    add(scheduling)
    paused = [scheduling.pause("nightly", tenant="default") for _ in range(2)]
    resumed = [scheduling.resume("nightly", tenant="default") for _ in range(2)]
    assert paused[0] == paused[1]
    assert resumed[0] == resumed[1]


def test_a_schedule_that_has_ended_can_be_triggered_but_neither_paused_nor_resumed(scheduling, desk):
    schedule = add(scheduling, timetable=Timetable(every=HOUR, end_at=MIDNIGHT + HOUR))
    desk.tick(MIDNIGHT + HOUR)
    for move in (scheduling.pause, scheduling.resume):
        with pytest.raises(ConflictError, match="has ended"):
            move("nightly", tenant="default")
    desk.end(desk.runs(schedule)[0])
    run = scheduling.trigger("nightly", tenant="default")
    desk.tick(MIDNIGHT + 2 * HOUR)
    assert [each.due_at for each in desk.runs(schedule) if each.is_triggered] == [run.due_at]
    assert states(desk.runs(schedule)) == ["started", "started"]


def test_two_that_ask_for_a_run_in_the_same_microsecond_get_one_each(scheduling, desk):
    schedule = add(scheduling, overlap=OverlapPolicy.CANCEL_PREVIOUS)
    asked = [scheduling.trigger("nightly", tenant="default") for _ in range(2)]
    assert [run.due_at for run in asked] == [MIDNIGHT, MIDNIGHT + INSTANT]
    for _ in range(2):
        desk.tick(MIDNIGHT + timedelta(seconds=1))
    assert states(desk.runs(schedule)) == ["started", "started"]


def test_a_triggered_run_moves_no_due_time(scheduling, desk):
    schedule = add(scheduling)
    scheduling.trigger("nightly", tenant="default")
    desk.tick(MIDNIGHT + timedelta(seconds=1))
    desk.end(desk.runs(schedule)[0])
    desk.tick(MIDNIGHT + HOUR)
    assert hours(desk.runs(schedule, RunState.STARTED)) == [0, 1]


def test_no_more_runs_can_be_asked_for_than_may_be_queued(scheduling, store):
    add(scheduling)
    asked = scheduling.trigger("nightly", tenant="default")
    with store.write() as tx:
        for number in range(1, MOST_QUEUED):
            tx.schedule_runs.add(replace(asked, due_at=asked.due_at + number * HOUR))
    with pytest.raises(ConflictError, match="queued already"):
        scheduling.trigger("nightly", tenant="default")


def test_a_removed_schedule_leaves_what_it_submitted_and_frees_its_name(scheduling, desk):
    schedule = add(scheduling)
    desk.tick(MIDNIGHT + HOUR)
    scheduling.remove("nightly", tenant="default")
    assert desk.runs(schedule) == []
    desk.tick(MIDNIGHT + 2 * HOUR)
    assert desk.batches() == ["nightly 2026-11-23T01:00:00Z"]
    with desk.store.read() as tx, pytest.raises(NotFoundError):
        find_schedule(tx, schedule.id, tenant="default")
    add(scheduling)
