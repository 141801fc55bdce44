"""How a schedule goes on: pure functions from how it stood to how it stands."""

from dataclasses import replace
from datetime import datetime

from jobs.errors import ConflictError
from jobs.schedules.due_times import next_run_at
from jobs.schedules.schedule import Schedule, ScheduleState


def decided(schedule: Schedule, *, until: datetime, missed: int = 0) -> Schedule:
    """Return the schedule with every due time up to `until` settled, `missed` of them passed over."""
    next_at = next_run_at(
        schedule.timetable, schedule_id=schedule.id, anchor=schedule.created_at, after=until
    )
    return replace(
        schedule,
        decided_until=until,
        next_at=next_at,
        state=ScheduleState.ENDED if next_at is None else schedule.state,
        missed_count=schedule.missed_count + missed,
    )


def paused(schedule: Schedule) -> Schedule:
    """Return the schedule paused; raises `ConflictError` if it has ended."""
    if schedule.state is ScheduleState.ENDED:
        raise ConflictError(f"the schedule {schedule.name} has ended: there is nothing to pause")
    return replace(schedule, state=ScheduleState.PAUSED, next_at=None)


def resumed(schedule: Schedule, now: datetime) -> Schedule:
    """Return the schedule active again from `now` on; what was due meanwhile was not missed.

    Raises `ConflictError` if it has ended.
    """
    if schedule.state is ScheduleState.ENDED:
        raise ConflictError(f"the schedule {schedule.name} has ended: add it anew")
    if schedule.state is ScheduleState.ACTIVE:
        return schedule
    return decided(replace(schedule, state=ScheduleState.ACTIVE), until=now)
