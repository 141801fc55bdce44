"""What can be asked of a server about schedules, whoever carries it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypedDict
from urllib.parse import quote

import msgspec

from evalruns.told import ToldEvaluation
from promptmill.asks import JSON_BODY, Ask, Pages
from promptmill.schedule_records import (
    RemovedSchedule,
    Schedule,
    SchedulePage,
    ScheduleRun,
    ScheduleRunPage,
)

SCHEDULES = "/v1/schedules"


class ScheduleOptions(TypedDict, total=False):
    """When something is submitted; None is as good as left out."""

    cron: str | None
    """Five fields, or a nickname as `@daily`."""
    time_zone: str | None
    """In which `cron` is meant, as `Europe/Berlin`; UTC where it is left out."""
    every_s: float | None
    """Seconds from one due time to the next, instead of `cron`."""
    start_at: datetime | str | None
    """Aware, or RFC 3339: no due time is before."""
    end_at: datetime | str | None
    """No due time is after."""
    jitter_s: float | None
    """Each due time runs up to so many seconds later."""
    missed: Literal["latest", "skip", "all"] | None
    """What becomes of due times that passed while no worker was up."""
    overlap: Literal["skip", "queue", "cancel_previous"] | None
    """What becomes of a due time while the run before is still going."""
    webhook: str | None
    """URL that is told when a batch has ended, or an evaluation is graded."""
    batch: Mapping[str, Any] | None
    """`requests`, a list of jobs as `Client.submit` takes them, and if you like `priority`, `max_failures`,
    `max_time_s`, `expires_in_s` and `max_cost`."""
    evaluation: Mapping[str, Any] | ToldEvaluation | None
    """`definition`, and if you like `name`, `dataset`, `changes`, `priority` and `max_cost`."""


def add(name: str, options: ScheduleOptions) -> Ask[Schedule]:
    """Add a schedule."""
    given = {key: value for key, value in options.items() if value is not None}
    details = {"content": msgspec.json.encode({"name": name, **given}), "headers": JSON_BODY}
    return Ask(kind=Schedule, method="POST", path=SCHEDULES, details=details)


def get(name: str) -> Ask[Schedule]:
    """Show a schedule with its next due times."""
    return Ask(kind=Schedule, path=schedule_path(name))


def move(name: str, move: str) -> Ask[Schedule]:
    """Have a schedule `pause`, or `resume`."""
    return Ask(kind=Schedule, method="POST", path=schedule_path(name, move))


def remove(name: str) -> Ask[RemovedSchedule]:
    """Remove a schedule."""
    return Ask(kind=RemovedSchedule, method="DELETE", path=schedule_path(name))


def trigger(name: str) -> Ask[ScheduleRun]:
    """Have a schedule submit now."""
    return Ask(kind=ScheduleRun, method="POST", path=schedule_path(name, "trigger"))


def schedule_pages(limit: int | None) -> Pages[Schedule]:
    """List schedules by name."""
    return Pages(SchedulePage, SCHEDULES, {}, limit)


def run_pages(name: str, limit: int | None) -> Pages[ScheduleRun]:
    """List what became of a schedule's due times, the latest first."""
    return Pages(ScheduleRunPage, schedule_path(name, "runs"), {}, limit)


def schedule_path(name: str, *rest: str) -> str:
    """Return a schedule's address, or one below it."""
    return "/".join([SCHEDULES, quote(name, safe=""), *rest])
