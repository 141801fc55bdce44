"""Schedules and what became of their due times, as the native dialect shows them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Literal

import msgspec

from api.native.evaluation_views import verdict_of
from api.native.views import view_batch
from evalruns.recurring_run import told_of
from evalruns.told import definition_told
from jobs.batch import Batch, BatchCounts
from jobs.errors import NotFoundError
from jobs.evaluation import EvalRun
from jobs.schedules.due_times import due_times
from jobs.schedules.recurring_batch import template_of
from jobs.schedules.schedule import (
    MissedPolicy,
    OverlapPolicy,
    RunState,
    Schedule,
    ScheduleKind,
    ScheduleRun,
    ScheduleState,
)
from jobs.store.store import Transaction

UPCOMING = 5
Kind = Literal["batch", "evaluation"]
KINDS: dict[ScheduleKind, Kind] = {ScheduleKind.REQUESTS: "batch", ScheduleKind.EVALUATION: "evaluation"}


class ScheduleRunView(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a due time."""

    due_at: datetime
    state: RunState
    decided_at: datetime
    """When it was started, queued, skipped, or failed."""
    is_triggered: bool
    """Whether somebody asked for it, so that `due_at` is when that was."""
    batch_id: str | None
    eval_run_id: str | None
    outcome: str | None
    """The state of the batch, or of the evaluation's run; null where that is deleted, or there was none."""
    counts: BatchCounts | None
    """Of the batch."""
    verdict: str | None
    """Of the evaluation's run, once it is graded."""
    reason: str | None
    """Why it was skipped, what was wrong, or one sentence on the verdict."""


class ScheduleRunPage(msgspec.Struct, frozen=True):
    """One page of runs, the latest due first."""

    data: list[ScheduleRunView]
    next_cursor: str | None


class ScheduleView(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule."""

    id: str
    name: str
    kind: Kind
    """What it submits."""
    state: ScheduleState
    cron: str | None
    time_zone: str
    every_s: float | None
    start_at: datetime | None
    end_at: datetime | None
    jitter_s: float
    missed: MissedPolicy
    overlap: OverlapPolicy
    created_at: datetime
    next_at: datetime | None
    """When the next due time is run, its jitter included; null while it is paused, and when it has ended."""
    missed_count: int
    """Due times that were passed over because nobody was there in time."""
    last_run: ScheduleRunView | None


class Recurring(msgspec.Struct, frozen=True, kw_only=True):
    """What a schedule submits, in short."""

    name: str | None
    """Of the evaluation."""
    requests: int | None
    """How many the batch has."""
    max_cost: float | None
    """US dollars, each time."""
    webhook: str | None


class ScheduleDetail(ScheduleView, frozen=True, kw_only=True):
    """A schedule with what it submits, and its next due times."""

    submits: Recurring
    upcoming: list[datetime]
    """The next five due times, without jitter; none while it is paused."""


class SchedulePage(msgspec.Struct, frozen=True):
    """One page of schedules, by name."""

    data: list[ScheduleView]
    next_cursor: str | None


class RemovedSchedule(msgspec.Struct, frozen=True):
    """What is left of a removed schedule."""

    id: str
    name: str
    deleted: Literal[True] = True


def view_schedules(tx: Transaction, found: Sequence[Schedule]) -> list[ScheduleView]:
    """Return schedules as lists show them."""
    last_runs = _last_runs(tx, found)
    return [ScheduleView(**_fields(schedule, last_runs)) for schedule in found]


def view_schedule(tx: Transaction, schedule: Schedule, *, now: datetime) -> ScheduleDetail:
    """Return a schedule with what it submits, and its next due times."""
    return ScheduleDetail(
        **_fields(schedule, _last_runs(tx, [schedule])),
        submits=_recurring(tx, schedule),
        upcoming=_upcoming(schedule, now),
    )


def view_runs(tx: Transaction, runs: Sequence[ScheduleRun]) -> list[ScheduleRunView]:
    """Return runs, each with what became of what it submitted."""
    batches = tx.batches.get_many([run.batch_id for run in runs if run.batch_id and not run.eval_run_id])
    return [
        _view_eval_run(run, tx.eval_runs.get(run.eval_run_id))
        if run.eval_run_id
        else _view_batch_run(run, batches.get(run.batch_id or ""))
        for run in runs
    ]


def _view_batch_run(run: ScheduleRun, batch: Batch | None) -> ScheduleRunView:
    return ScheduleRunView(
        **_run_fields(run),
        outcome=view_batch(batch).state if batch else None,
        counts=batch.counts if batch else None,
        verdict=None,
        reason=run.reason,
    )


def _view_eval_run(run: ScheduleRun, started: EvalRun | None) -> ScheduleRunView:
    verdict = verdict_of(started) if started else None
    return ScheduleRunView(
        **_run_fields(run),
        outcome=started.state.value if started else None,
        counts=None,
        verdict=verdict.verdict if verdict else None,
        reason=verdict.reason if verdict else (started.error if started else None),
    )


def _run_fields(run: ScheduleRun) -> dict[str, Any]:
    names = ("due_at", "state", "decided_at", "is_triggered", "batch_id", "eval_run_id")
    return {name: getattr(run, name) for name in names}


def _last_runs(tx: Transaction, found: Sequence[Schedule]) -> Mapping[str, ScheduleRunView]:
    """Return the latest run of each schedule that had one, by the schedule's id."""
    runs = [run for schedule in found for run in tx.schedule_runs.list(schedule.id, limit=1)]
    return dict(zip((run.schedule_id for run in runs), view_runs(tx, runs), strict=True))


def _fields(schedule: Schedule, last_runs: Mapping[str, ScheduleRunView]) -> dict[str, Any]:
    timetable = schedule.timetable
    same = ("id", "name", "state", "missed", "overlap", "created_at", "next_at", "missed_count")
    times = ("cron", "time_zone", "start_at", "end_at")
    return {
        **{name: getattr(schedule, name) for name in same},
        **{name: getattr(timetable, name) for name in times},
        "kind": KINDS[schedule.kind],
        "every_s": None if timetable.every is None else timetable.every.total_seconds(),
        "jitter_s": timetable.jitter.total_seconds(),
        "last_run": last_runs.get(schedule.id),
    }


def _recurring(tx: Transaction, schedule: Schedule) -> Recurring:
    plan = tx.schedules.plan(schedule.id)
    if plan is None:
        raise NotFoundError(f"there is no schedule {schedule.name!r}")
    if schedule.kind is ScheduleKind.EVALUATION:
        told, run = told_of(plan)
        name = definition_told(told).name
        return Recurring(name=name, requests=None, max_cost=run.max_cost, webhook=run.webhook)
    template = template_of(plan, schedule.name)
    batch = template.options
    return Recurring(
        name=None, requests=len(template.requests), max_cost=batch.max_cost, webhook=batch.webhook
    )


def _upcoming(schedule: Schedule, now: datetime) -> list[datetime]:
    if schedule.state is not ScheduleState.ACTIVE:
        return []
    after = max(now, schedule.decided_until)
    return list(islice(due_times(schedule.timetable, anchor=schedule.created_at, after=after), UPCOMING))
