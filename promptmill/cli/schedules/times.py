"""When a schedule is due: read from what the user writes, and checked before anything is sent."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobs.clock import utc_now
from jobs.schedules.due_times import check_timetable, zone_of
from jobs.schedules.schedule import Timetable
from promptmill.errors import InputError
from promptmill.schedule_asks import ScheduleOptions

UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_PART = r"\d+(?:\.\d+)?\s*(?:min|[smhdw])"
_SPAN = re.compile(rf"{_PART}(?:\s*{_PART})*", re.IGNORECASE)
_PARTS = re.compile(r"(\d+(?:\.\d+)?)\s*(min|[smhdw])", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """The flags that say when, as they were written."""

    cron: str | None
    every: str | None
    zone: str
    start: str | None
    end: str | None
    jitter: str | None


def told_when(times: Times) -> ScheduleOptions:
    """Return when a schedule is due as a server takes it; raises `InputError`, `TimetableError`."""
    if (times.cron is None) == (times.every is None):
        raise InputError('say when: either --cron "0 2 * * *" or --every 30m')
    timetable = Timetable(
        cron=times.cron,
        time_zone=times.zone,
        every=None if times.every is None else span_of(times.every, "--every"),
        start_at=_moment("--start", times.start, times.zone),
        end_at=_moment("--end", times.end, times.zone),
        jitter=timedelta() if times.jitter is None else span_of(times.jitter, "--jitter"),
    )
    check_timetable(timetable, utc_now())
    return {
        "cron": timetable.cron,
        "time_zone": timetable.time_zone,
        "every_s": None if timetable.every is None else timetable.every.total_seconds(),
        "start_at": timetable.start_at,
        "end_at": timetable.end_at,
        "jitter_s": timetable.jitter.total_seconds(),
    }


def span_of(text: str, flag: str) -> timedelta:
    """Read a length of time, as `30m` or `1h30m`; raises `InputError`."""
    if not _SPAN.fullmatch(text.strip()):
        raise InputError(f"{flag}: write a number with s, m, h, d or w, as 30s, 15m or 1h30m, not {text!r}")
    try:
        return sum(
            (timedelta(seconds=float(number) * UNITS[unit.lower()]) for number, unit in _PARTS.findall(text)),
            timedelta(),
        )
    except OverflowError:
        raise InputError(f"{flag}: {text!r} is longer than any schedule lasts") from None


def _moment(flag: str, text: str | None, zone: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f"{flag}: write a time as 2026-12-01 or 2026-12-01T08:30, not {text!r}") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone_of(zone))
