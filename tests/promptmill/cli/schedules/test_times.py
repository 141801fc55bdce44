"""Times as people write and read them."""

from datetime import UTC, datetime, timedelta

import pytest

from jobs.schedules.due_times import TimetableError
from promptmill.cli.schedules.times import Times, span_of, told_when
from promptmill.cli.schedules.words import ahead, rule, span, wall_time
from promptmill.errors import InputError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def times(**given):
    return Times(
        **{"cron": None, "every": None, "zone": "UTC", "start": None, "end": None, "jitter": None, **given}
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2s", 2),
        ("30m", 1800),
        ("1h30m", 5400),
        ("1.5 h", 5400),
        ("7d", 604_800),
        ("10min", 600),
        ("1W", 604_800),
    ],
)
def test_a_length_of_time_is_read_with_its_unit(text, seconds):
    assert span_of(text, "--every") == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["30", "", "m", "-5m", "5 minutes ago", "1e3s", "9" * 40 + "d"])
def test_what_is_no_length_of_time_is_told_with_its_flag(text):
    with pytest.raises(InputError, match=r"^--every: "):
        span_of(text, "--every")


def test_times_without_an_offset_are_meant_in_the_schedules_zone():
    told = told_when(
        times(cron="0 2 * * *", zone="Europe/Berlin", start="2099-07-01", end="2100-01-01T00:00Z")
    )
    assert told["start_at"].isoformat() == "2099-07-01T00:00:00+02:00"
    assert told["end_at"].isoformat() == "2100-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "say when"),
        ({"cron": "@daily", "every": "1h"}, "say when"),
        ({"cron": "0 25 * * *"}, "cron"),
        ({"cron": "@daily", "zone": "Mars/Olympus"}, "no time zone 'Mars/Olympus'"),
        ({"every": "1h", "start": "tomorrow"}, "^--start: "),
        ({"every": "1h", "end": "2020-01-01"}, "no due time"),
    ],
)
def test_what_is_wrong_with_times_is_told_before_anything_is_sent(given, told):
    with pytest.raises((InputError, TimetableError), match=told):
        told_when(times(**given))


def test_times_are_shown_on_the_wall_clock_of_their_zone():
    assert wall_time("2026-11-24T01:00:00Z", "Europe/Berlin") == "2026-11-24 02:00 CET"
    assert wall_time("2026-07-24T00:00:02.5Z", "Europe/Berlin") == "2026-07-24 02:00:02 CEST"
    assert wall_time("2026-07-24T00:00:00Z", "Mars/Olympus") == "2026-07-24 00:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "now"), (2, "in 2 seconds"), (90, "in 90 seconds"), (150, "in 2 minutes"), (76_000, "in 21 hours")],
)
def test_how_far_off_a_time_is_comes_in_its_largest_unit(seconds, words):
    assert ahead((NOW + timedelta(seconds=seconds)).isoformat(), NOW) == words


def test_rules_are_told_in_words():
    assert rule("0 2 * * *", None, "Europe/Berlin") == "At 02:00 every day, Europe/Berlin"
    assert rule("@hourly", None, "UTC") == "At the start of every hour, UTC"
    assert rule("of a newer server", None, "UTC") == "of a newer server, UTC"
    assert [rule(None, 5400, "UTC"), span(0.5), span(90_061)] == [
        "every 1 hour 30 minutes",
        "0.5 seconds",
        "1 day 1 hour 1 minute 1 second",
    ]
