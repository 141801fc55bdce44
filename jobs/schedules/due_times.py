"""When a schedule is due: pure functions of its timetable."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from jobs.errors import PromptmillError
from jobs.schedules.cron import CronError, check_cron, cron_times
from jobs.schedules.schedule import Timetable

SHORTEST_STEP = timedelta(seconds=1)  # as often as the workers look
LONGEST_STEP = timedelta(days=366)
LONGEST_JITTER = timedelta(days=1)
LONGEST_CRON = 200  # characters
LAST = datetime.max.replace(tzinfo=UTC) - LONGEST_JITTER
FOLDERS = ("posix/", "right/")  # the same zones once more, the second kind with leap seconds
OF_THE_HOST = frozenset({"localtime", "posixrules"})
LAST = datetime.max.replace(tzinfo=UTC) - LONGEST_JITTER
OF_THE_HOST = frozenset({"localtime", "posixrules"})  # another zone on another host
FOLDERS = ("posix/", "right/")  # the same zones again, the latter with leap seconds
INSTANT = timedelta(microseconds=1)


class TimetableError(PromptmillError):
    """The schedule's times make no sense."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
        """As `cron` or `time_zone`, a length of time with `_s`; empty where it is about several."""


def check_timetable(timetable: Timetable, now: datetime) -> None:
    """Raise `TimetableError` saying what is wrong with `timetable`, if anything is."""
    zone_of(timetable.time_zone)
    if (timetable.cron is None) == (timetable.every is None):
        raise TimetableError("a schedule has either a cron expression or an interval")
    if timetable.cron is not None:
        _check_cron(timetable.cron)
    if timetable.every is not None and not SHORTEST_STEP <= timetable.every <= LONGEST_STEP:
        raise TimetableError("the interval must be from 1 second to 366 days", "every_s")
    if not timedelta() <= timetable.jitter <= LONGEST_JITTER:
        raise TimetableError("the jitter must be from 0 to 1 day", "jitter_s")
    if next(due_times(timetable, anchor=now, after=now), None) is None:
        raise TimetableError("the schedule has no due time between its start, or now, and its end")


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone; raises `TimetableError`."""
    with suppress(ValueError, OSError, LookupError):  # it may name a folder, or a file that is none
        if name not in OF_THE_HOST and not name.startswith(FOLDERS):
            return ZoneInfo(name)
    raise TimetableError(f"there is no time zone {name[:80]!r}: name one as Europe/Berlin", "time_zone")


def due_times(timetable: Timetable, *, anchor: datetime, after: datetime) -> Iterator[datetime]:
    """Yield the due times after `after` in order, in UTC and without jitter.

    Even steps are counted from the timetable's start or, where it has none, from `anchor`.
    """
    start = timetable.start_at
    if start is not None and start > after:
        after = start - INSTANT
    end = min(timetable.end_at or LAST, LAST)
    try:
        if timetable.every is not None:
            times = _steps(start or anchor, timetable.every, after)
        else:
            times = cron_times(timetable.cron or "", zone_of(timetable.time_zone), after)
        yield from takewhile(lambda at: at <= end, times)
    except OverflowError:
        return  # past the last year that there is


def due_between(
    timetable: Timetable, *, schedule_id: str, anchor: datetime, after: datetime, until: datetime, most: int
) -> list[datetime]:
    """Return the first `most` due times after `after` that are run, their jitter included, by `until`."""
    due = due_times(timetable, anchor=anchor, after=after)
    ready = takewhile(lambda at: run_at(timetable, schedule_id, at) <= until, due)
    return list(islice(ready, most))


def run_at(timetable: Timetable, schedule_id: str, due_at: datetime) -> datetime:
    """Return when a due time is run: up to the timetable's jitter later, the same on every host."""
    digest = hashlib.sha256(f"{schedule_id}\0{due_at.astimezone(UTC).isoformat()}".encode()).digest()
    share = int.from_bytes(digest[:8]) / 2**64
    return due_at + timetable.jitter * share


def next_run_at(
    timetable: Timetable, *, schedule_id: str, anchor: datetime, after: datetime
) -> datetime | None:
    """Return when the first due time after `after` is run, or nothing if there is none."""
    due = next(due_times(timetable, anchor=anchor, after=after), None)
    return None if due is None else run_at(timetable, schedule_id, due)


def _steps(anchor: datetime, every: timedelta, after: datetime) -> Iterator[datetime]:
    anchor = anchor.astimezone(UTC)
    number = max((after - anchor) // every + 1, 0)
    while True:
        yield anchor + number * every
        number += 1


def _check_cron(expression: str) -> None:
    if len(expression) > LONGEST_CRON:
        raise TimetableError(f"the cron expression has more than {LONGEST_CRON} characters", "cron")
    try:
        check_cron(expression)
    except CronError as error:
        raise TimetableError(f"the cron expression {error}", "cron") from None
