"""Times as people read them: on the wall clock of a zone, from now on, and as a rule."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from jobs.schedules.cron import NICKNAMES
from promptmill.cli.words import HOUR_S, MINUTE_S, count

DAY_S = 24 * HOUR_S
STEPS = ((DAY_S, "day"), (HOUR_S, "hour"), (MINUTE_S, "minute"), (1, "second"))


def wall_time(at: str, zone: str) -> str:
    """Return a time as clocks in `zone` show it, to the second where it is not on a minute."""
    local = datetime.fromisoformat(at).astimezone(_zone(zone))
    return f"{local:%Y-%m-%d %H:%M}{f':{local:%S}' if local.second else ''} {local:%Z}"


def ahead(at: str, now: datetime) -> str:
    """Return how far off a time is, in its largest unit: `in 21 hours`."""
    left_s = (datetime.fromisoformat(at) - now) / timedelta(seconds=1)
    if left_s < 1:
        return "now"
    size, unit = next((size, unit) for size, unit in STEPS if left_s >= 2 * size or size == 1)
    return f"in {count(round(left_s / size), unit)}"


def rule(cron: str | None, every_s: float | None, zone: str) -> str:
    """Return when a schedule is due: `At 02:00 every day, Europe/Berlin`, or `every 30 minutes`."""
    if cron is None:
        return f"every {span(every_s or 0)}"
    return f"{_in_words(cron)}, {zone}"


def span(seconds: float) -> str:
    """Return an exact length of time: `1 hour 30 minutes`."""
    parts = []
    left = timedelta(seconds=seconds)
    for size, unit in STEPS[:-1]:
        number, left = divmod(left, timedelta(seconds=size))
        if number:
            parts.append(count(number, unit))
    if left or not parts:
        parts.append(f"{left.total_seconds():g} {'second' if left == timedelta(seconds=1) else 'seconds'}")
    return " ".join(parts)


def _in_words(cron: str) -> str:
    try:
        return CronSim(NICKNAMES.get(cron.lower(), cron), datetime.now(UTC)).explain()
    except CronSimError:  # a newer server may know more than this client
        return cron


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # the server may know zones that this machine does not
        return UTC
