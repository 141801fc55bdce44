"""Cron expressions as local times of a zone, and what becomes of those that a clock change skips or repeats.

The rule is that of Debian's cron. An expression that names its minutes and hours means the wall clock: what
falls into a gap comes at the end of the gap, what comes twice runs the first time. One whose minutes or hours
begin with `*` means every so often: it runs whenever the wall clock shows a matching time, so nothing is made
up for in a gap, and both passes of a repeated hour count. `cronsim` follows the same rule, but steps by whole
hours and so loses times where clocks change by half an hour; here it only names the wall clock's times.
"""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
FIELDS = 5
MINUTE = timedelta(minutes=1)
LONGEST_REPEAT = timedelta(hours=3)  # that any zone's clock was ever put back, and then some


class CronError(ValueError):
    """The expression is not one that cron would take."""


def check_cron(expression: str) -> None:
    """Raise `CronError` saying what is wrong with `expression`."""
    if expression.startswith("@") and expression.lower() not in NICKNAMES:
        raise CronError(f"{expression[:80]!r} is none of {', '.join(NICKNAMES)}")
    plain = _plain(expression)
    if len(plain.split()) != FIELDS:
        raise CronError(
            f"{expression[:80]!r} has not five fields: minute, hour, day of month, month, day of week"
        )
    try:
        next(CronSim(plain, datetime(2000, 1, 1)), None)  # noqa: DTZ001 - a wall clock's time
    except CronSimError as error:
        raise CronError(f"{expression[:80]!r}: {error}") from None


def cron_times(expression: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield the times, in UTC, at which `expression` is due in `zone` after `after`, in order."""
    plain = _plain(expression)
    minute, hour, *_ = plain.split()
    means_wall_clock = not minute.startswith("*") and not hour.startswith("*")
    begin = after.astimezone(zone).replace(tzinfo=None) - LONGEST_REPEAT
    walls = CronSim(plain, begin)
    times = _firsts(walls, zone) if means_wall_clock else _passes(walls, zone)
    last = after
    for at in times:
        if at > last:
            yield at
            last = at


def _plain(expression: str) -> str:
    return NICKNAMES.get(expression.lower(), expression)


def _firsts(walls: Iterator[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when the zone's clock first shows each time, or what comes after a gap for one that is in it."""
    for wall in walls:
        shown = wall
        while not _is_shown(shown, zone):
            shown += MINUTE
        yield shown.replace(tzinfo=zone).astimezone(UTC)


def _passes(walls: Iterator[datetime], zone: ZoneInfo) -> Iterator[datetime]:
    """Yield whenever the zone's clock shows one of the times."""
    second_passes: deque[datetime] = deque()
    for wall in walls:
        if not _is_shown(wall, zone):
            continue
        first = wall.replace(tzinfo=zone).astimezone(UTC)
        second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
        while second_passes and second_passes[0] <= first:
            yield second_passes.popleft()
        yield first
        if second != first:
            second_passes.append(second)
    yield from second_passes


def _is_shown(wall: datetime, zone: ZoneInfo) -> bool:
    there_and_back = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there_and_back.replace(tzinfo=None, fold=0) == wall
