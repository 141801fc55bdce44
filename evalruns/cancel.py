"""Cancels a run together with what it waits for."""

from datetime import datetime

from jobs.evaluation import EvalRun
from jobs.store.store import Transaction


def cancel_run(tx: Transaction, run: EvalRun, *, now: datetime) -> bool:
    """End the run and cancel the batch that it waits for; return whether it was open."""
    was_open = tx.eval_runs.cancel(run.id, now=now)
    if was_open and run.awaited_batch_id is not None:
        tx.jobs.cancel_batch(run.awaited_batch_id, now=now)
    return was_open
