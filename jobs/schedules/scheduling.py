"""What people do with schedules: each call is one transaction, fenced against the workers that run them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from jobs.clock import Clock
from jobs.errors import ConflictError, NotFoundError
from jobs.ids import IDS, SCHEDULE_PREFIX
from jobs.schedules.due_times import check_timetable
from jobs.schedules.moves import decided, paused, resumed
from jobs.schedules.schedule import (
    MOST_QUEUED,
    MissedPolicy,
    OverlapPolicy,
    RunState,
    Schedule,
    ScheduleKind,
    ScheduleRun,
    ScheduleState,
    Timetable,
)
from jobs.store.store import Store, Transaction

MOST_TRIES = 10
INSTANT = timedelta(microseconds=1)


class Scheduling:
    """Adds schedules, holds them up, lets them go on, removes them, and has them run at once.

    Everywhere `name` may be an id as well. All methods raise `StoreUnavailableError`; all but `add` raise
    `NotFoundError`.
    """

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(
        self,
        name: str,
        *,
        tenant: str,
        kind: ScheduleKind,
        plan: str,
        timetable: Timetable,
        missed: MissedPolicy = MissedPolicy.LATEST,
        overlap: OverlapPolicy = OverlapPolicy.SKIP,
    ) -> Schedule:
        """Store a schedule and return it; nothing is due before now.

        `plan` is what its kind made of what is to be submitted, after it was checked there. Raises
        `TimetableError`, and `ConflictError` if the tenant has a schedule of that name.
        """
        now = self._clock()
        check_timetable(timetable, now)
        schedule = Schedule(
            id=IDS.make(SCHEDULE_PREFIX),
            tenant=tenant,
            name=name,
            kind=kind,
            timetable=timetable,
            missed=missed,
            overlap=overlap,
            state=ScheduleState.ACTIVE,
            created_at=now,
            decided_until=now,
            next_at=None,
        )
        schedule = decided(schedule, until=now)
        with self._store.write() as tx:
            tx.schedules.add(schedule, plan)
        return schedule

    def pause(self, name: str, *, tenant: str) -> Schedule:
        """Let due times pass until it is resumed; raises `ConflictError` if the schedule has ended."""
        return self._move(name, tenant, paused)

    def resume(self, name: str, *, tenant: str) -> Schedule:
        """Go on with the next due time; raises `ConflictError` if the schedule has ended."""
        now = self._clock()
        return self._move(name, tenant, lambda schedule: resumed(schedule, now))

    def remove(self, name: str, *, tenant: str) -> Schedule:
        """Delete the schedule with the record of its runs, and return it; what it submitted goes on."""
        with self._store.write() as tx:
            schedule = find_schedule(tx, name, tenant=tenant)
            tx.schedules.remove(schedule.id)
        return schedule

    def trigger(self, name: str, *, tenant: str) -> ScheduleRun:
        """Ask for a run beside the due times, and return it, queued; a worker starts it in about a second.

        A paused schedule runs it too, and one that has ended. It waits for the end of the run before, unless
        the schedule cancels that. Raises `ConflictError` if too many runs wait already.
        """
        now = self._clock()
        with self._store.write() as tx:
            schedule = find_schedule(tx, name, tenant=tenant)
            if tx.schedule_runs.count_queued(schedule.id) >= MOST_QUEUED:
                raise ConflictError(f"{MOST_QUEUED} runs of {schedule.name} are queued already")
            run = ScheduleRun(
                schedule_id=schedule.id,
                due_at=now,
                state=RunState.QUEUED,
                decided_at=now,
                is_triggered=True,
            )
            while not tx.schedule_runs.add(run):  # asked for twice at the same moment
                run = replace(run, due_at=run.due_at + INSTANT)
        return run

    def _move(self, name: str, tenant: str, move: Callable[[Schedule], Schedule]) -> Schedule:
        for _ in range(MOST_TRIES):  # a worker may go on with it between the look and the write
            with self._store.write() as tx:
                seen = find_schedule(tx, name, tenant=tenant)
                new = move(seen)
                if tx.schedules.swap(seen, new):
                    return new
        raise ConflictError(f"the schedule {name} changes too fast: try again in a moment")


def find_schedule(tx: Transaction, name: str, *, tenant: str) -> Schedule:
    """Return the tenant's schedule of that name or, if there is none, of that id; raises `NotFoundError`."""
    if name.isprintable():
        found = tx.schedules.named(name, tenant=tenant) or tx.schedules.get(name, tenant=tenant)
        if found is not None:
            return found
    raise NotFoundError(f"there is no schedule {name[:80]!r}")
