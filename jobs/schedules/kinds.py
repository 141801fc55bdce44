"""The seam between schedules and what they submit: a kind for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from jobs.schedules.schedule import Schedule, ScheduleKind, ScheduleRun
from jobs.store.store import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRun:
    """A due time that is about to be run."""

    schedule: Schedule
    due_at: datetime

    @property
    def name(self) -> str:
        """Return what is submitted is called, as `nightly 2026-11-23T02:00:00Z`."""
        due_at = self.due_at.astimezone(UTC).replace(tzinfo=None)
        return f"{self.schedule.name} {due_at.isoformat(timespec='seconds')}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What was submitted for a due time."""

    batch_id: str | None
    eval_run_id: str | None = None


Within = Callable[[Transaction, Submitted], None]
"""Writes the run, in the transaction that stores what is submitted; raises if somebody else was first."""


class Kind(Protocol):
    """Something that a schedule can submit; its plan is text that only the kind itself reads."""

    def submit(self, plan: str, run: DueRun, within: Within) -> None:
        """Submit `plan` and call `within` before the commit; raises what the submission raises."""
        ...

    def webhook(self, plan: str) -> str | None:
        """Return the URL that is told what becomes of what `plan` submits."""
        ...

    def is_going(self, tx: Transaction, run: ScheduleRun) -> bool:
        """Return whether what was submitted for `run` has not ended yet."""
        ...

    def cancel(self, tx: Transaction, run: ScheduleRun, *, now: datetime) -> None:
        """Cancel what was submitted for `run`."""
        ...


Kinds = Mapping[ScheduleKind, Kind]
