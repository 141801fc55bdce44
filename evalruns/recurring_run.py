"""The kind of schedule that runs an evaluation again and again."""

from dataclasses import replace
from datetime import datetime

import msgspec

from evalruns.cancel import cancel_run
from evalruns.start import EvalStarter, RunOptions
from evalruns.told import ToldEvaluation
from jobs.evaluation import EvalRun
from jobs.job import Priority
from jobs.schedules.kinds import DueRun, Submitted, Within
from jobs.schedules.schedule import ScheduleRun
from jobs.store.store import Transaction


class _StoredRun(ToldEvaluation, kw_only=True, frozen=True, omit_defaults=True):
    """A run as it lies in a plan."""

    priority: Priority = Priority.NORMAL
    max_cost: float | None = None
    webhook: str | None = None


def plan_of(told: ToldEvaluation, options: RunOptions) -> str:
    """Return what is run each time as the text that is kept with a schedule; every run asks anew.

    What cannot be run is found by `EvalStarter.check_told`, before.
    """
    stored = _StoredRun(
        definition=told.definition,
        name=told.name,
        dataset=told.dataset,
        # With the cache it would see nothing but its first answers.
        changes=msgspec.structs.replace(told.changes, cache=False),
        priority=options.priority,
        max_cost=options.max_cost,
        webhook=options.webhook,
    )
    return msgspec.json.encode(stored).decode()


def told_of(plan: str) -> tuple[ToldEvaluation, RunOptions]:
    """Return what `plan_of` made text of."""
    stored = _read(plan)
    options = RunOptions(priority=stored.priority, max_cost=stored.max_cost, webhook=stored.webhook)
    return stored, options


class RecurringRun:
    """Starts a plan's evaluation."""

    def __init__(self, starter: EvalStarter) -> None:
        self._starter = starter

    def submit(self, plan: str, run: DueRun, within: Within) -> None:
        """Start the evaluation's run; raises what `EvalStarter.start_told` raises."""
        told, options = told_of(plan)

        def with_batch(tx: Transaction, run_id: str) -> None:
            started = tx.eval_runs.get(run_id)
            batch_id = None if started is None else started.batch_id
            within(tx, Submitted(batch_id=batch_id, eval_run_id=run_id))

        self._starter.start_told(
            told,
            tenant=run.schedule.tenant,
            options=replace(options, schedule_id=run.schedule.id),
            within=with_batch,
        )

    def webhook(self, plan: str) -> str | None:
        """Return the URL that is told of a run's end."""
        return _read(plan).webhook

    def is_going(self, tx: Transaction, run: ScheduleRun) -> bool:
        """Return whether the evaluation's run is there and has not ended."""
        started = _started(tx, run)
        return started is not None and started.ended_at is None

    def cancel(self, tx: Transaction, run: ScheduleRun, *, now: datetime) -> None:
        """Cancel the evaluation's run with what it waits for."""
        started = _started(tx, run)
        if started is not None:
            cancel_run(tx, started, now=now)


def _started(tx: Transaction, run: ScheduleRun) -> EvalRun | None:
    return None if run.eval_run_id is None else tx.eval_runs.get(run.eval_run_id)


def _read(plan: str) -> _StoredRun:
    return msgspec.json.decode(plan, type=_StoredRun)
