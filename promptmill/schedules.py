"""The part of the client that is about schedules."""

from collections.abc import Iterator
from typing import Unpack

from promptmill import schedule_asks
from promptmill.carrying import Asker, Pager
from promptmill.schedule_asks import ScheduleOptions
from promptmill.schedule_records import Schedule, ScheduleRun


class Schedules:
    """Has batches and evaluations submitted again and again; every `name` may as well be an id.

    Its methods raise `ServerUnreachableError` when no server answers and `RefusedError` when it says no.
    """

    def __init__(self, *, ask: Asker, pages: Pager) -> None:
        self._ask = ask
        self._pages = pages

    def add(self, name: str, **options: Unpack[ScheduleOptions]) -> Schedule:
        """Add a schedule: `cron` or `every_s` say when, `batch` or `evaluation` what; nothing is run yet."""
        return self._ask(schedule_asks.add(name, options))

    def list(self, *, limit: int | None = None) -> Iterator[Schedule]:
        """Yield schedules by name, each with its last run, `limit` at most."""
        return self._pages(schedule_asks.schedule_pages(limit))

    def get(self, name: str) -> Schedule:
        """Return a schedule with its next due times."""
        return self._ask(schedule_asks.get(name))

    def pause(self, name: str) -> Schedule:
        """Let due times pass until the schedule is resumed."""
        return self._ask(schedule_asks.move(name, "pause"))

    def resume(self, name: str) -> Schedule:
        """Go on with the next due time; what was due meanwhile is not made up for."""
        return self._ask(schedule_asks.move(name, "resume"))

    def remove(self, name: str) -> None:
        """Remove a schedule and the record of its runs; what it submitted stays."""
        self._ask(schedule_asks.remove(name))

    def trigger(self, name: str) -> ScheduleRun:
        """Have a schedule submit now, beside its due times; paused ones and ended ones do, too."""
        return self._ask(schedule_asks.trigger(name))

    def runs(self, name: str, *, limit: int | None = None) -> Iterator[ScheduleRun]:
        """Yield what became of a schedule's due times, the latest first, `limit` at most."""
        return self._pages(schedule_asks.run_pages(name, limit))
