"""Submits what schedules say when it is due."""

import time
from datetime import datetime, timedelta

import structlog

from jobs.errors import StoreUnavailableError
from jobs.schedules.catching_up import MOST_MADE_UP, decide
from jobs.schedules.due_times import due_between
from jobs.schedules.kinds import Kinds
from jobs.schedules.schedule import MOST_QUEUED, OverlapPolicy, Schedule, ScheduleState
from jobs.store.store import Store, Transaction
from worker.schedules.previous import Previous
from worker.schedules.settling import NoRoomError, OvertakenError, Settler

LEASE = timedelta(seconds=30)  # then whoever had the schedule is gone, and another takes it on
MOST_SCHEDULES = 500  # looked at in one pass
MOST_LOOKED_AT = 10_000  # due times of one schedule in one pass
PASS_S = 20.0  # then the next tick goes on


class Scheduler:
    """Settles each due time once, however many of these are at work.

    A schedule is leased first, which only saves work: what is written is fenced, see `Settler`.
    """

    def __init__(self, *, store: Store, kinds: Kinds) -> None:
        self._store = store
        self._previous = Previous(store=store, kinds=kinds)
        self._settler = Settler(store=store, kinds=kinds, previous=self._previous)
        self._log = structlog.get_logger("schedules")

    def run_once(self, now: datetime) -> int:
        """Settle what is due and start what was queued; return how many schedules that were.

        Raises `StoreUnavailableError`.
        """
        end_at = time.monotonic() + PASS_S
        moved = 0
        for schedule_id in self._wanting(now):
            if time.monotonic() > end_at:
                break
            moved += self._take(schedule_id, now)
        return moved

    def _wanting(self, now: datetime) -> list[str]:
        with self._store.read() as tx:
            queued = tx.schedules.with_queued(now=now, limit=MOST_SCHEDULES)
            able = [each.id for each in queued if self._may_start(tx, each)]
            due = [each.id for each in tx.schedules.due(now=now, limit=MOST_SCHEDULES)]
        return list(dict.fromkeys([*able, *due]))

    def _take(self, schedule_id: str, now: datetime) -> bool:
        """Go on with a schedule, unless somebody else does.

        One that fails, or waits for room, is left alone for the lease: looking at it may be much work.
        """
        with self._store.write() as tx:
            schedule = tx.schedules.claim(schedule_id, now=now, lease=LEASE)
        if schedule is None:
            return False
        try:
            self._settle_due(self._start_queued(schedule, now), now)
        except OvertakenError:
            self._log.info("schedule_overtaken", schedule_id=schedule_id)
        except NoRoomError:
            return False
        except StoreUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - one schedule that fails must not keep the others from their runs
            self._log.exception("schedule_failed", schedule_id=schedule_id)
            return False
        with self._store.write() as tx:
            tx.schedules.release(schedule_id)
        return True

    def _may_start(self, tx: Transaction, schedule: Schedule) -> bool:
        return schedule.overlap is OverlapPolicy.CANCEL_PREVIOUS or not self._previous.is_going(tx, schedule)

    def _start_queued(self, schedule: Schedule, now: datetime) -> Schedule:
        """Start the oldest queued run, if nothing is in its way; of a paused schedule, one asked for."""
        with self._store.read() as tx:
            queued = tx.schedule_runs.queued(schedule.id, limit=MOST_QUEUED)
            may_start = self._may_start(tx, schedule)
        if schedule.state is ScheduleState.PAUSED:
            queued = [run for run in queued if run.is_triggered]
        if not queued or not may_start:
            return schedule
        if schedule.overlap is OverlapPolicy.CANCEL_PREVIOUS:
            self._previous.cancel(schedule, now)
        return self._settler.start_queued(schedule, queued[0], now=now)

    def _settle_due(self, schedule: Schedule, now: datetime) -> None:
        if schedule.state is not ScheduleState.ACTIVE:
            return
        backlog = due_between(
            schedule.timetable,
            schedule_id=schedule.id,
            anchor=schedule.created_at,
            after=schedule.decided_until,
            until=now,
            most=MOST_LOOKED_AT,
        )
        if len(backlog) == MOST_LOOKED_AT:  # more than fits into a pass: the next one goes on
            missed = len(backlog) - MOST_MADE_UP
            self._settler.pass_over(schedule, until=backlog[missed - 1], missed=missed)
            return
        decision = decide(backlog, now=now, missed=schedule.missed)
        missed = len(decision.passed_over)
        if not decision.to_run:  # with no due time at all, the zone's rules were changed meanwhile
            until = decision.passed_over[-1] if missed else schedule.decided_until
            self._settler.pass_over(schedule, until=until, missed=missed)
        for due_at in decision.to_run:
            schedule = self._settler.settle(
                schedule, due_at, missed=missed, is_made_up=decision.is_made_up, now=now
            )
            missed = 0
