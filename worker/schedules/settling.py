"""Settles due times: each is started, queued, skipped or failed, once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import structlog

from jobs.errors import PromptmillError, QueueFullError, StoreUnavailableError
from jobs.schedules.kinds import DueRun, Kinds, Submitted
from jobs.schedules.moves import decided
from jobs.schedules.schedule import MOST_QUEUED, OverlapPolicy, RunState, Schedule, ScheduleRun
from jobs.store.store import Store, Transaction
from jobs.webhooks.destination import WebhookRefusedError
from jobs.webhooks.event import schedule_run_failed
from worker.schedules.previous import Previous

LONGEST_REASON = 1000  # characters

Write = Callable[[Transaction, ScheduleRun], bool]


class OvertakenError(PromptmillError):
    """Somebody else went on with the schedule first."""


class NoRoomError(PromptmillError):
    """The tenant's queue is still full."""


class Settler:
    """Writes what becomes of a due time: a row that it is the key of, in one transaction with the rest.

    The rest is what is submitted for it, and how the schedule goes on, compared with how it was seen: whoever
    comes second writes nothing and raises `OvertakenError`.
    """

    def __init__(self, *, store: Store, kinds: Kinds, previous: Previous) -> None:
        self._store = store
        self._kinds = kinds
        self._previous = previous
        self._log = structlog.get_logger("schedules")

    def pass_over(self, schedule: Schedule, *, until: datetime, missed: int) -> Schedule:
        """Leave out `missed` due times up to `until`."""
        new = decided(schedule, until=until, missed=missed)
        with self._store.write() as tx:
            _swap(tx, schedule, new)
        return new

    def settle(
        self, schedule: Schedule, due_at: datetime, *, missed: int, is_made_up: bool, now: datetime
    ) -> Schedule:
        """Start the run of a due time, or queue or skip it while the one before is going.

        Made up runs wait for each other whatever the schedule says about overlap: else one of them was all.
        """
        new = decided(schedule, until=due_at, missed=missed)
        run = ScheduleRun(schedule_id=schedule.id, due_at=due_at, state=RunState.STARTED, decided_at=now)
        with self._store.read() as tx:
            going = self._previous.is_going(tx, schedule)
            queued = tx.schedule_runs.count_queued(schedule.id)
        if going or queued:
            if is_made_up or schedule.overlap is OverlapPolicy.QUEUE:
                return self._note(schedule, new, _queued_behind(run, queued), _add)
            if schedule.overlap is OverlapPolicy.SKIP:
                reason = "the run before had not ended"
                return self._note(schedule, new, replace(run, state=RunState.SKIPPED, reason=reason), _add)
        if going:
            self._previous.cancel(schedule, now)
        return self._start(schedule, new, run, _add)

    def start_queued(self, schedule: Schedule, queued: ScheduleRun, *, now: datetime) -> Schedule:
        """Start a run that was queued; raises `NoRoomError` if it waits for room, and there is none yet."""
        run = replace(queued, state=RunState.STARTED, decided_at=now, reason=None)
        return self._start(schedule, schedule, run, _settle_queued)

    def _start(self, seen: Schedule, new: Schedule, run: ScheduleRun, write: Write) -> Schedule:
        """Submit, and return how the schedule stands after it.

        What finds the tenant's queue full is queued here until there is room; what is refused has failed.
        """
        started = replace(new, last_due_at=run.due_at)

        def within(tx: Transaction, submitted: Submitted) -> None:
            told = replace(run, batch_id=submitted.batch_id, eval_run_id=submitted.eval_run_id)
            _write(tx, seen, started, told, write)

        plan, kind = self._plan(seen), self._kinds[seen.kind]
        try:
            kind.submit(plan, DueRun(schedule=seen, due_at=run.due_at), within)
        except (OvertakenError, StoreUnavailableError):
            raise
        except PromptmillError as error:
            if isinstance(error, QueueFullError) and not error.is_hopeless:
                return self._wait_for_room(seen, new, replace(run, reason=str(error)), write)
            self._log.warning("schedule_refused", schedule_id=seen.id, name=seen.name, error=str(error))
            failed = replace(run, state=RunState.FAILED, reason=str(error)[:LONGEST_REASON])
            url = None if isinstance(error, WebhookRefusedError) else kind.webhook(plan)
            return self._note(seen, new, failed, write, tell=url)
        return started

    def _wait_for_room(self, seen: Schedule, new: Schedule, run: ScheduleRun, write: Write) -> Schedule:
        if write is _settle_queued:
            raise NoRoomError
        with self._store.read() as tx:
            queued = tx.schedule_runs.count_queued(seen.id)
        return self._note(seen, new, _queued_behind(run, queued), write)

    def _plan(self, schedule: Schedule) -> str:
        with self._store.read() as tx:
            plan = tx.schedules.plan(schedule.id)
        if plan is None:
            raise OvertakenError("the schedule was removed")
        return plan

    def _note(
        self, seen: Schedule, new: Schedule, run: ScheduleRun, write: Write, *, tell: str | None = None
    ) -> Schedule:
        with self._store.write() as tx:
            _write(tx, seen, new, run, write)
            if tell is not None:
                tx.deliveries.add_many([schedule_run_failed(seen, run, url=tell)])
        return new


def _write(tx: Transaction, seen: Schedule, new: Schedule, run: ScheduleRun, write: Write) -> None:
    _swap(tx, seen, new)
    if not write(tx, run):
        raise OvertakenError


def _swap(tx: Transaction, seen: Schedule, new: Schedule) -> None:
    if not tx.schedules.swap(seen, new):
        raise OvertakenError


def _add(tx: Transaction, run: ScheduleRun) -> bool:
    return tx.schedule_runs.add(run)


def _settle_queued(tx: Transaction, run: ScheduleRun) -> bool:
    return tx.schedule_runs.settle_queued(run)


def _queued_behind(run: ScheduleRun, queued: int) -> ScheduleRun:
    if queued < MOST_QUEUED:
        return replace(run, state=RunState.QUEUED)
    return replace(run, state=RunState.SKIPPED, reason=f"{queued} runs were queued already")
