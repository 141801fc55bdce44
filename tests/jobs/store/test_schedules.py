"""Schedules and their runs in the tables: what is kept, what is found, and what fences each write."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs.errors import ConflictError
from jobs.ids import IDS, SCHEDULE_PREFIX
from jobs.schedules.moves import decided, paused
from jobs.schedules.schedule import (
    MissedPolicy,
    OverlapPolicy,
    RunState,
    ScheduleRun,
    ScheduleState,
    Timetable,
)
from tests.scheduling import HOUR, MIDNIGHT, a_schedule

LEASE = timedelta(seconds=30)


@pytest.fixture
def tx(store):
    with store.write() as tx:
        yield tx


def add(tx, **fields):
    schedule = a_schedule(**fields)
    tx.schedules.add(schedule, "the plan")
    return schedule


def a_run(schedule, number=1, **fields):
    defaults = {
        "schedule_id": schedule.id,
        "due_at": MIDNIGHT + number * HOUR,
        "state": RunState.STARTED,
        "decided_at": MIDNIGHT + number * HOUR,
    }
    return ScheduleRun(**{**defaults, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {
            "timetable": Timetable(
                cron="0 2 * * MON",
                time_zone="Europe/Berlin",
                start_at=(MIDNIGHT - HOUR).astimezone(ZoneInfo("Asia/Kathmandu")),
                end_at=MIDNIGHT + 99_999 * HOUR,
                jitter=timedelta(seconds=90.5),
            )
        },
        {
            "timetable": Timetable(every=timedelta(seconds=1.5)),
            "missed": MissedPolicy.ALL,
            "overlap": OverlapPolicy.CANCEL_PREVIOUS,
            "missed_count": 2**40,
            "last_due_at": MIDNIGHT,
        },
    ],
)
def test_what_is_kept_is_what_was_added(tx, fields):
    schedule = add(tx, **fields)
    assert tx.schedules.get(schedule.id) == tx.schedules.named("nightly", tenant="default") == schedule
    assert tx.schedules.plan(schedule.id) == "the plan"


def test_a_name_is_unique_among_a_tenants_and_lists_go_by_it(tx):
    names = ["b", "a", "C", "d"]
    for name in names:
        add(tx, name=name)
    add(tx, name="a", tenant="other")
    with pytest.raises(ConflictError):
        add(tx, name="a")
    first = tx.schedules.list(tenant="default", limit=2)
    rest = tx.schedules.list(tenant="default", after=first[-1].name, limit=9)
    assert [each.name for each in [*first, *rest]] == sorted(names)


def test_only_active_schedules_whose_time_has_come_are_due_the_longest_waiting_first(tx):
    late = add(tx, name="late", decided_until=MIDNIGHT)
    later = add(tx, name="later", decided_until=MIDNIGHT - 2 * HOUR)
    add(tx, name="future", decided_until=MIDNIGHT + 5 * HOUR)
    tx.schedules.swap(stopped := add(tx, name="stopped"), paused(stopped))
    assert [each.id for each in tx.schedules.due(now=MIDNIGHT + HOUR, limit=9)] == [later.id, late.id]


def test_a_claimed_schedule_is_nobody_elses_until_it_is_released_or_the_lease_is_over(tx):
    schedule = add(tx)
    now = MIDNIGHT + HOUR
    assert tx.schedules.claim(schedule.id, now=now, lease=LEASE) == schedule
    assert tx.schedules.claim(schedule.id, now=now, lease=LEASE) is None
    assert tx.schedules.due(now=now, limit=9) == []
    assert tx.schedules.claim(schedule.id, now=now + LEASE, lease=LEASE) == schedule
    tx.schedules.release(schedule.id)
    assert tx.schedules.due(now=now, limit=9) == [schedule]


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"state": ScheduleState.PAUSED},
        {"decided_until": MIDNIGHT + HOUR},
        {"last_due_at": MIDNIGHT},
    ],
)
def test_what_changed_since_it_was_seen_is_not_written_over(tx, meanwhile):
    schedule = add(tx)
    changed = replace(schedule, **meanwhile)
    assert tx.schedules.swap(schedule, changed)
    assert not tx.schedules.swap(schedule, decided(schedule, until=MIDNIGHT + 3 * HOUR))
    assert tx.schedules.get(schedule.id) == changed


def test_a_due_time_has_one_row_and_a_queued_run_is_settled_once(tx):
    schedule = add(tx)
    queued = a_run(schedule, state=RunState.QUEUED)
    started = replace(queued, state=RunState.STARTED, batch_id="batch_1", eval_run_id="evalrun_1")
    assert [tx.schedule_runs.add(queued), tx.schedule_runs.add(started)] == [True, False]
    assert [tx.schedule_runs.settle_queued(started) for _ in range(2)] == [True, False]
    assert tx.schedule_runs.get(schedule.id, queued.due_at) == started


def test_runs_are_listed_latest_first_by_pages_and_queued_ones_oldest_first(tx):
    schedule, other = add(tx), add(tx, name="other")
    runs = [a_run(schedule, number, state=RunState.QUEUED) for number in range(5)]
    for run in [*runs, a_run(other)]:
        tx.schedule_runs.add(run)
    page = tx.schedule_runs.list(schedule.id, limit=3)
    assert page + tx.schedule_runs.list(schedule.id, after=page[-1].due_at, limit=3) == runs[::-1]
    assert tx.schedule_runs.queued(schedule.id, limit=2) == runs[:2]
    assert tx.schedule_runs.count_queued(schedule.id) == 5


def test_of_paused_schedules_only_those_that_were_asked_have_something_queued(tx):
    for name, is_triggered in (("asked", True), ("due", False)):
        schedule = add(tx, name=name)
        tx.schedules.swap(schedule, paused(schedule))
        tx.schedule_runs.add(a_run(schedule, state=RunState.QUEUED, is_triggered=is_triggered))
    assert [each.name for each in tx.schedules.with_queued(now=MIDNIGHT, limit=9)] == ["asked"]


def test_old_runs_are_deleted_but_not_those_that_still_wait(tx):
    schedule = add(tx)
    waiting = a_run(schedule, 9, state=RunState.QUEUED, decided_at=MIDNIGHT)
    recent = a_run(schedule, 8)
    for run in [*(a_run(schedule, number) for number in range(3)), waiting, recent]:
        tx.schedule_runs.add(run)
    before = MIDNIGHT + 5 * HOUR
    assert [tx.schedule_runs.delete_old(before=before, limit=2) for _ in range(3)] == [2, 1, 0]
    assert tx.schedule_runs.list(schedule.id, limit=9) == [waiting, recent]


def test_a_removed_schedule_leaves_no_row(tx):
    schedule, other = add(tx), add(tx, name="other")
    for each in (schedule, other):
        tx.schedule_runs.add(a_run(each))
    tx.schedules.remove(schedule.id)
    assert tx.schedules.get(schedule.id) is None
    assert tx.schedules.plan(schedule.id) is None
    assert tx.schedule_runs.list(schedule.id, limit=9) == []
    assert len(tx.schedule_runs.list(other.id, limit=9)) == 1
    assert tx.schedules.get(IDS.make(SCHEDULE_PREFIX)) is None
