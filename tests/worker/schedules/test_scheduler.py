"""The scheduler: each due time is settled once, whoever ticks, whoever dies, however late it is."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jobs.schedules.schedule import (
    MOST_QUEUED,
    MissedPolicy,
    OverlapPolicy,
    RunState,
    ScheduleRun,
    ScheduleState,
    Timetable,
)
from jobs.tenant import Tenant
from tests.factories import stored_batch
from tests.scheduling import HOUR, HOURLY, MIDNIGHT, a_plan, hall, hours, states
from worker.maintenance.scheduler import LEASE, MOST_LOOKED_AT

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

LONG_AFTER = MIDNIGHT + 24.5 * HOUR


@pytest.fixture
def desk(store):
    with hall(store) as desk:
        yield desk


def test_nothing_runs_before_it_is_due(desk):
    schedule = desk.add()
    assert desk.tick(MIDNIGHT + HOUR - timedelta(seconds=1)) == 0
    assert desk.runs(schedule) == []


def test_a_due_time_is_run_once_as_a_batch_that_tells_which(desk):
    schedule = desk.add(a_plan(size=3))
    assert [desk.tick(MIDNIGHT + HOUR) for _ in range(3)] == [1, 0, 0]
    [run] = desk.runs(schedule, RunState.STARTED)
    with desk.store.read() as tx:
        batch = tx.batches.get(run.batch_id)
    assert (batch.name, batch.counts.total) == ("nightly 2026-11-23T01:00:00Z", 3)
    assert desk.get(schedule).next_at == MIDNIGHT + 2 * HOUR


def test_due_times_a_few_seconds_apart_are_all_run_after_a_short_pause(desk):
    schedule = desk.add(timetable=Timetable(every=timedelta(seconds=2)), overlap=OverlapPolicy.QUEUE)
    desk.tick(MIDNIGHT + timedelta(seconds=11))
    assert states(desk.runs(schedule)) == ["started", *["queued"] * 4]


@pytest.mark.parametrize(
    ("missed", "run", "passed_over"),
    [(MissedPolicy.SKIP, [], 24), (MissedPolicy.LATEST, [24], 23), (MissedPolicy.ALL, [*range(1, 25)], 0)],
)
def test_after_a_day_of_downtime_as_much_is_made_up_as_the_schedule_says(desk, missed, run, passed_over):
    schedule = desk.add(missed=missed)
    assert [desk.tick(LONG_AFTER) for _ in range(2)] == [1, 0]
    assert hours(desk.runs(schedule)) == run
    found = desk.get(schedule)
    assert (found.missed_count, found.next_at) == (passed_over, MIDNIGHT + 25 * HOUR)


def test_what_is_made_up_runs_one_after_the_other_whatever_the_overlap(desk):
    schedule = desk.add(missed=MissedPolicy.ALL, overlap=OverlapPolicy.SKIP)
    for number in range(4):
        desk.tick(LONG_AFTER)
        started = desk.runs(schedule, RunState.STARTED)
        assert hours(started) == [*range(1, number + 2)]
        desk.end(started[-1])


def test_with_skip_a_due_time_that_has_just_come_still_runs_after_downtime(desk):
    schedule = desk.add(missed=MissedPolicy.SKIP)
    desk.tick(MIDNIGHT + 24 * HOUR + timedelta(seconds=5))
    assert hours(desk.runs(schedule)) == [24]


def test_no_more_is_made_up_than_the_cap_and_a_long_backlog_is_taken_in_passes(desk):
    every = timedelta(seconds=2)
    schedule = desk.add(missed=MissedPolicy.ALL, timetable=Timetable(every=every))
    ticks = 0
    while desk.tick(LONG_AFTER) and not desk.runs(schedule):
        ticks += 1
    due = int((LONG_AFTER - MIDNIGHT) / every)
    assert ticks == due // (MOST_LOOKED_AT - 100)
    assert [run.due_at for run in desk.runs(schedule)][-1] == LONG_AFTER
    assert (len(desk.runs(schedule)), desk.get(schedule).missed_count) == (100, due - 100)


def test_a_run_that_overlaps_is_skipped(desk):
    schedule = desk.add(overlap=OverlapPolicy.SKIP)
    for number in (1, 2):
        desk.tick(MIDNIGHT + number * HOUR)
    first, second = desk.runs(schedule)
    assert (second.state, second.reason) == (RunState.SKIPPED, "the run before had not ended")
    desk.end(first)
    desk.tick(MIDNIGHT + 3 * HOUR)
    assert states(desk.runs(schedule)) == ["started", "skipped", "started"]


def test_a_run_that_overlaps_is_queued_and_starts_when_the_one_before_has_ended(desk):
    schedule = desk.add(overlap=OverlapPolicy.QUEUE)
    for number in (1, 2, 3):
        desk.tick(MIDNIGHT + number * HOUR)
    assert states(desk.runs(schedule)) == ["started", "queued", "queued"]
    now = MIDNIGHT + 3.1 * HOUR
    assert desk.tick(now) == 0
    desk.end(desk.runs(schedule)[0])
    assert [desk.tick(now), desk.tick(now)] == [1, 0]
    assert states(desk.runs(schedule)) == ["started", "started", "queued"]
    assert desk.batches() == ["nightly 2026-11-23T01:00:00Z", "nightly 2026-11-23T02:00:00Z"]


def test_no_more_runs_are_queued_than_the_cap(desk):
    schedule = desk.add(overlap=OverlapPolicy.QUEUE)
    desk.tick(MIDNIGHT + HOUR)
    queued = replace(desk.runs(schedule)[0], state=RunState.QUEUED, batch_id=None)
    with desk.store.write() as tx:
        for number in range(MOST_QUEUED - 1):
            tx.schedule_runs.add(replace(queued, due_at=MIDNIGHT - number * HOUR))
    for number in (2, 3):
        desk.tick(MIDNIGHT + number * HOUR)
    found = states(desk.runs(schedule))
    assert (found.count("queued"), found[-2:]) == (MOST_QUEUED, ["queued", "skipped"])


def test_a_run_that_overlaps_cancels_the_one_before_in_the_same_pass(desk):
    schedule = desk.add(overlap=OverlapPolicy.CANCEL_PREVIOUS)
    for number in (1, 2):
        desk.tick(MIDNIGHT + number * HOUR)
    first, second = desk.runs(schedule)
    with desk.store.read() as tx:
        assert tx.batches.get(first.batch_id).counts.canceled == 1
        assert tx.batches.get(second.batch_id).counts.queued == 1


def test_a_refused_submission_is_noted_and_the_next_due_time_tries_again(desk):
    schedule = desk.add(a_plan(body='{"model": 1}'))
    for number in (1, 2):
        desk.tick(MIDNIGHT + number * HOUR)
    assert states(desk.runs(schedule)) == ["failed", "failed"]
    assert "bad request" in desk.runs(schedule)[0].reason


def test_a_run_that_finds_the_tenants_queue_full_starts_when_there_is_room(desk):
    schedule = desk.add(a_plan(size=3))
    before, _ = stored_batch(desk.store, 3)
    with desk.store.write() as tx:
        tx.tenants.put(Tenant(name="default", max_queued=5), now=MIDNIGHT)
    for _ in range(2):
        desk.tick(MIDNIGHT + HOUR)
    [waiting] = desk.runs(schedule)
    assert (waiting.state, desk.batches()) == (RunState.QUEUED, [""])
    assert "has no room for 3 more" in waiting.reason
    with desk.store.write() as tx:
        tx.jobs.cancel_batch(before, now=MIDNIGHT)
    desk.tick(MIDNIGHT + HOUR + LEASE)
    [started] = desk.runs(schedule)
    assert (started.state, started.reason, started.due_at) == (RunState.STARTED, None, waiting.due_at)


def test_a_refused_submission_is_told_to_the_webhook(store):
    with hall(store, PROMPTMILL_WEBHOOK_SECRET="x" * 32) as desk:
        schedule = desk.add(a_plan(body='{"model": 1}', webhook="https://example.com/hook"))
        desk.tick(MIDNIGHT + HOUR)
        [run] = desk.runs(schedule)
        with store.read() as tx:
            [told] = tx.deliveries.list(tenant="default", subject_id=schedule.id, limit=9)
            event = json.loads(tx.deliveries.payload(told.id))
    assert (event["type"], told.url) == ("schedule.run.failed", "https://example.com/hook")
    assert event["data"] == {
        "schedule_id": schedule.id,
        "schedule": "nightly",
        "due_at": "2026-11-23T01:00:00Z",
        "state": "failed",
        "reason": run.reason,
        "failed_at": "2026-11-23T01:00:00Z",
    }


def test_a_due_time_that_has_a_row_is_not_run_whatever_the_schedule_says(desk):
    schedule = desk.add()
    run = ScheduleRun(
        schedule_id=schedule.id, due_at=MIDNIGHT + HOUR, state=RunState.STARTED, decided_at=MIDNIGHT
    )
    with desk.store.write() as tx:
        tx.schedule_runs.add(run)
    desk.tick(MIDNIGHT + HOUR)
    assert desk.batches() == []


def test_a_schedule_ends_after_its_last_due_time(desk):
    schedule = desk.add(timetable=replace(HOURLY, end_at=MIDNIGHT + 2 * HOUR))
    desk.tick(MIDNIGHT + 5 * HOUR)
    found = desk.get(schedule)
    assert (found.state, found.next_at, hours(desk.runs(schedule))) == (ScheduleState.ENDED, None, [2])


def test_a_paused_schedule_runs_what_was_asked_for_and_nothing_else(desk):
    schedule = desk.add(state=ScheduleState.PAUSED, overlap=OverlapPolicy.QUEUE)
    asked = MIDNIGHT + timedelta(minutes=5)
    queued = ScheduleRun(schedule_id=schedule.id, due_at=MIDNIGHT, state=RunState.QUEUED, decided_at=MIDNIGHT)
    with desk.store.write() as tx:
        tx.schedule_runs.add(queued)
        tx.schedule_runs.add(replace(queued, due_at=asked, is_triggered=True))
    desk.tick(MIDNIGHT + 9 * HOUR)
    assert [run.due_at for run in desk.runs(schedule, RunState.STARTED)] == [asked]


def test_one_schedule_that_fails_keeps_no_other_from_its_run(desk):
    broken, good = desk.add("no plan", name="broken"), desk.add(name="good")
    desk.tick(MIDNIGHT + HOUR)
    assert (states(desk.runs(broken)), states(desk.runs(good))) == ([], ["started"])
