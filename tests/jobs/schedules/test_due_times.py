"""When schedules are due: start, end, steps, jitter, and timetables that make no sense."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from jobs.schedules.due_times import (
    TimetableError,
    check_timetable,
    due_between,
    due_times,
    next_run_at,
    run_at,
)
from jobs.schedules.schedule import Timetable

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
LAST_HOUR = datetime(9999, 12, 31, 23, tzinfo=UTC)


def hours(timetable, *, anchor=MIDNIGHT, after=MIDNIGHT, most=3):
    found = islice(due_times(timetable, anchor=anchor, after=after), most)
    return [(at - MIDNIGHT) / HOUR for at in found]


def test_steps_are_counted_from_when_the_schedule_was_added():
    timetable = Timetable(every=HOUR)
    assert hours(timetable) == [1, 2, 3]
    assert hours(timetable, anchor=MIDNIGHT - HOUR / 2) == [0.5, 1.5, 2.5]


def test_steps_are_counted_from_the_start_which_is_itself_due():
    start = (MIDNIGHT + 4.5 * HOUR).astimezone(ZoneInfo("Asia/Kathmandu"))
    assert hours(Timetable(every=HOUR, start_at=start)) == [4.5, 5.5, 6.5]


def test_nothing_is_due_after_the_end_which_may_itself_be_due():
    assert hours(Timetable(every=HOUR, end_at=MIDNIGHT + 2 * HOUR)) == [1, 2]
    assert hours(Timetable(cron="0 * * * *", end_at=MIDNIGHT + 2 * HOUR - SECOND)) == [1]


def test_a_cron_expression_is_due_at_its_start_as_well():
    assert hours(Timetable(cron="0 * * * *", start_at=MIDNIGHT + 5 * HOUR)) == [5, 6, 7]


def test_years_of_seconds_that_have_passed_cost_nothing():
    after = MIDNIGHT + timedelta(days=3650)
    assert hours(Timetable(every=SECOND), after=after, most=1) == [(after + SECOND - MIDNIGHT) / HOUR]


def test_jitter_delays_a_due_time_always_alike_and_differs_between_times_and_schedules():
    timetable = Timetable(every=HOUR, jitter=HOUR / 2)
    due = [MIDNIGHT + n * HOUR for n in range(1, 50)]
    delays = [run_at(timetable, "schedule_a", at) - at for at in due]
    assert delays == [run_at(timetable, "schedule_a", at.astimezone(ZoneInfo("Japan"))) - at for at in due]
    assert all(timedelta() <= delay < HOUR / 2 for delay in delays)
    assert len(set(delays)) == len(due)
    assert delays[0] != run_at(timetable, "schedule_b", due[0]) - due[0]


def test_a_due_time_is_ready_only_after_its_jitter():
    timetable = Timetable(every=HOUR, jitter=HOUR / 2)
    ready = next_run_at(timetable, schedule_id="s", anchor=MIDNIGHT, after=MIDNIGHT)
    asked = {"schedule_id": "s", "anchor": MIDNIGHT, "after": MIDNIGHT, "most": 10}
    assert due_between(timetable, until=ready - SECOND, **asked) == []
    assert due_between(timetable, until=ready, **asked) == [MIDNIGHT + HOUR]


@pytest.mark.parametrize(
    ("timetable", "field", "complaint"),
    [
        (Timetable(), "", "either a cron expression or an interval"),
        (Timetable(cron="@daily", every=HOUR), "", "either a cron expression or an interval"),
        (Timetable(cron="61 * * * *"), "cron", "'61 \\* \\* \\* \\*'"),
        (Timetable(cron="0 " * 200), "cron", "more than 200"),
        (Timetable(cron="@daily", time_zone="Europe/Atlantis"), "time_zone", "Europe/Atlantis"),
        (Timetable(cron="@daily", time_zone="../passwd"), "time_zone", "no time zone"),
        (Timetable(cron="@daily", time_zone="localtime"), "time_zone", "no time zone"),
        (Timetable(cron="@daily", time_zone="right/Europe/Berlin"), "time_zone", "no time zone"),
        (Timetable(every=SECOND / 2), "every_s", "1 second to 366 days"),
        (Timetable(every=HOUR, jitter=-SECOND), "jitter_s", "0 to 1 day"),
        (Timetable(every=HOUR, end_at=MIDNIGHT), "", "no due time"),
        (Timetable(cron="0 0 31 FEB *"), "cron", "day-of-month"),
        (Timetable(cron="@yearly", start_at=datetime(9999, 12, 1, tzinfo=UTC)), "", "no due time"),
        (Timetable(every=HOUR, start_at=LAST_HOUR, jitter=DAY), "", "no due time"),
    ],
)
def test_a_timetable_that_makes_no_sense_is_refused_with_the_field(timetable, field, complaint):
    with pytest.raises(TimetableError, match=complaint) as refused:
        check_timetable(timetable, MIDNIGHT)
    assert refused.value.field == field
