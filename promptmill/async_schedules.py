"""The part of the client for asyncio that is about schedules."""

from collections.abc import AsyncGenerator
from typing import Unpack

from promptmill import schedule_asks
from promptmill.carrying import AsyncAsker, AsyncPager
from promptmill.schedule_asks import ScheduleOptions
from promptmill.schedule_records import Schedule, ScheduleRun


class AsyncSchedules:
    """`Schedules` for asyncio; every `name` may as well be an id.

    Its methods raise `ServerUnreachableError` when no server answers and `RefusedError` when it says no.
    """

    def __init__(self, *, ask: AsyncAsker, pages: AsyncPager) -> None:
        self._ask = ask
        self._pages = pages

    async def add(self, name: str, **options: Unpack[ScheduleOptions]) -> Schedule:
        """Add a schedule: `cron` or `every_s` say when, `batch` or `evaluation` what; nothing is run yet."""
        return await self._ask(schedule_asks.add(name, options))

    def list(self, *, limit: int | None = None) -> AsyncGenerator[Schedule]:
        """Yield schedules by name, each with its last run, `limit` at most."""
        return self._pages(schedule_asks.schedule_pages(limit))

    async def get(self, name: str) -> Schedule:
        """Return a schedule with its next due times."""
        return await self._ask(schedule_asks.get(name))

    async def pause(self, name: str) -> Schedule:
        """Let due times pass until the schedule is resumed."""
        return await self._ask(schedule_asks.move(name, "pause"))

    async def resume(self, name: str) -> Schedule:
        """Go on with the next due time; what was due meanwhile is not made up for."""
        return await self._ask(schedule_asks.move(name, "resume"))

    async def remove(self, name: str) -> None:
        """Remove a schedule and the record of its runs; what it submitted stays."""
        await self._ask(schedule_asks.remove(name))

    async def trigger(self, name: str) -> ScheduleRun:
        """Have a schedule submit now, beside its due times; paused ones and ended ones do, too."""
        return await self._ask(schedule_asks.trigger(name))

    def runs(self, name: str, *, limit: int | None = None) -> AsyncGenerator[ScheduleRun]:
        """Yield what became of a schedule's due times, the latest first, `limit` at most."""
        return self._pages(schedule_asks.run_pages(name, limit))
