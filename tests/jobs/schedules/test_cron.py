"""Cron expressions in time zones: what a clock change skips comes once, what it repeats too."""

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from jobs.schedules.cron import CronError, check_cron, cron_times

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
DAY = timedelta(days=1)
CHANGES = {BERLIN: ("03-29", "10-25"), NEW_YORK: ("03-08", "11-01"), LORD_HOWE: ("10-04", "04-05")}
"""The days of 2026 on which clocks skip something, and those on which they repeat something."""

WALL_CLOCK = [
    (BERLIN, "30 2 * * *", "03-27T12:00", ["03-28T01:30", "03-29T01:00", "03-30T00:30"]),
    (BERLIN, "30 2 * * *", "10-23T12:00", ["10-24T00:30", "10-25T00:30", "10-26T01:30"]),
    (NEW_YORK, "30 2 * * *", "03-06T12:00", ["03-07T07:30", "03-08T07:00", "03-09T06:30"]),
    (NEW_YORK, "30 1 * * *", "10-30T12:00", ["10-31T05:30", "11-01T05:30", "11-02T06:30"]),
    (LORD_HOWE, "15 2 * * *", "10-02T00:00", ["10-02T15:45", "10-03T15:30", "10-04T15:15"]),
    (LORD_HOWE, "45 1 * * *", "04-03T00:00", ["04-03T14:45", "04-04T14:45", "04-05T15:15"]),
]
EVERY_SO_OFTEN = [
    (BERLIN, "30 * * * *", "03-29T00:00", ["03-29T00:30", "03-29T01:30", "03-29T02:30"]),
    (BERLIN, "30 * * * *", "10-25T00:00", ["10-25T00:30", "10-25T01:30", "10-25T02:30"]),
    (NEW_YORK, "*/30 * * * *", "03-08T06:15", ["03-08T06:30", "03-08T07:00", "03-08T07:30"]),
    (NEW_YORK, "*/30 * * * *", "11-01T05:15", ["11-01T05:30", "11-01T06:00", "11-01T06:30"]),
    (LORD_HOWE, "15 * * * *", "10-03T14:30", ["10-03T14:45", "10-03T16:15", "10-03T17:15"]),
    (LORD_HOWE, "45 * * * *", "04-04T14:00", ["04-04T14:45", "04-04T15:15", "04-04T16:15"]),
]
PLAIN = [
    ("UTC", "@daily", "01-30T12:00", ["01-31T00:00", "02-01T00:00"]),
    ("UTC", "0 2 * JAN MON", "01-01T00:00", ["01-05T02:00", "01-12T02:00"]),
    (BERLIN, "0 9 1 * *", "03-02T00:00", ["04-01T07:00", "05-01T07:00"]),
    ("UTC", "0 0 13 * FRI", "02-01T00:00", ["02-06T00:00", "02-13T00:00"]),
]


def moment(text):
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def times(zone, expression, after, count):
    found = islice(cron_times(expression, ZoneInfo(zone), moment(after)), count)
    return [f"{at:%m-%dT%H:%M}" for at in found]


@pytest.mark.parametrize(("zone", "expression", "after", "expected"), WALL_CLOCK)
def test_a_time_of_day_in_a_gap_comes_at_its_end_and_a_repeated_one_comes_first(
    zone, expression, after, expected
):
    assert times(zone, expression, after, 3) == expected


@pytest.mark.parametrize(("zone", "expression", "after", "expected"), EVERY_SO_OFTEN)
def test_every_so_often_makes_nothing_up_in_a_gap_and_counts_both_passes(zone, expression, after, expected):
    assert times(zone, expression, after, 3) == expected


@pytest.mark.parametrize(("zone", "expression", "after", "expected"), PLAIN)
def test_nicknames_names_and_either_kind_of_day_are_understood(zone, expression, after, expected):
    assert times(zone, expression, after, 2) == expected


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("change", [0, 1])
def test_every_quarter_of_an_hour_comes_once_on_each_day_whatever_the_clocks_do(zone, change):
    changing = moment(f"{CHANGES[zone][change]}T00:00").date()
    days = [changing + n * DAY for n in range(-1, 2)]
    begin = datetime(2026, days[0].month, days[0].day, tzinfo=ZoneInfo(zone)) - timedelta(seconds=1)
    for minute in range(0, 24 * 60, 15):
        found = islice(cron_times(f"{minute % 60} {minute // 60} * * *", ZoneInfo(zone), begin), 3)
        assert [at.astimezone(ZoneInfo(zone)).date() for at in found] == days, minute


@pytest.mark.parametrize("zone", CHANGES)
def test_going_on_after_any_due_time_finds_the_same_times(zone):
    begin = f"{CHANGES[zone][1]}T00:00"
    whole = list(islice(cron_times("*/20 * * * *", ZoneInfo(zone), moment(begin)), 100))
    for at, following in pairwise(whole):
        assert next(cron_times("*/20 * * * *", ZoneInfo(zone), at)) == following


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("* * * *", "has not five fields"),
        ("0 0 * * * *", "has not five fields"),
        ("61 * * * *", "minute"),
        ("0 0 * FOO *", "month"),
        ("@hourli", "is none of @yearly"),
        ("", "has not five fields"),
    ],
)
def test_what_cron_would_not_take_is_refused_with_the_reason(expression, complaint):
    with pytest.raises(CronError, match=complaint):
        check_cron(expression)
