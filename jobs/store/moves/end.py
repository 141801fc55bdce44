"""Endings that no attempt brought about: `expired` and `canceled`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from jobs.job import JobState
from jobs.outcome import Reason
from jobs.store.dialects import is_among
from jobs.store.moved import note_moved
from jobs.store.rows import AnyRow
from jobs.store.tables import IS_STARTABLE, IS_UNWANTED, Key, batches, is_in, jobs
from jobs.store.tallies import Tally, bump
from jobs.store.utc_datetime import UtcDateTime

_NOW = bindparam("now", type_=UtcDateTime)
_BATCH_ID = bindparam("batch", type_=Key)
_IS_LIVE = is_in(JobState.QUEUED, JobState.WAITING, JobState.RUNNING)

_LATE = (
    select(jobs.c.id, jobs.c.batch_id)
    .where(IS_STARTABLE, jobs.c.expires_at <= _NOW)
    .order_by(jobs.c.expires_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_EXPIRE = (
    update(jobs)
    .where(is_among(jobs.c.id))
    .values(state=JobState.EXPIRED.value, reason=None, run_at=None, ended_at=_NOW)
)
_CANCELED = {
    "state": JobState.CANCELED.value,
    "reason": Reason.CANCELED.value,
    "run_at": None,
    "ended_at": _NOW,
    "cancel_requested_at": _NOW,
}
_FACTS = select(jobs.c.id, jobs.c.state, jobs.c.batch_id).with_for_update()
_ONE = _FACTS.where(jobs.c.id == bindparam("job", type_=Key))
# In the order of ids, as every move that waits for locks.
_LIVE_OF_BATCH = _FACTS.where(jobs.c.batch_id == _BATCH_ID, _IS_LIVE).order_by(jobs.c.id)
_CANCEL = update(jobs).where(is_among(jobs.c.id)).values(_CANCELED)
_ASK = (
    update(jobs)
    .where(is_among(jobs.c.id))
    .values(cancel_requested_at=func.coalesce(jobs.c.cancel_requested_at, _NOW))
)
_NOTE_REQUEST = (
    update(batches)
    .where(batches.c.id == _BATCH_ID, batches.c.ended_at.is_(None))
    .values(cancel_requested_at=func.coalesce(batches.c.cancel_requested_at, _NOW))
)
_UNWANTED = select(jobs.c.id).where(IS_UNWANTED, jobs.c.worker_id == bindparam("worker", type_=Key))


def expire(connection: Connection, *, now: datetime, limit: int) -> int:
    """End up to `limit` queued or waiting jobs past their `expires_at`; return how many that were."""
    late = connection.execute(_LATE, {"now": now, "limit": limit}).all()
    if late:
        connection.execute(_EXPIRE, {"ids": [row.id for row in late], "now": now})
        bump(connection, tally_up(late, JobState.EXPIRED, now))
        note_moved(connection, late)
    return len(late)


def cancel(connection: Connection, job_id: str, *, now: datetime) -> JobState | None:
    """End the job if it has not started, ask its worker to stop if it has; return the state it is in then."""
    row = connection.execute(_ONE, {"job": job_id}).one_or_none()
    if row is None:
        return None
    ended = _cancel(connection, [row], now)
    bump(connection, tally_up(ended, JobState.CANCELED, now))
    return JobState.CANCELED if ended else JobState(row.state)


def cancel_batch(connection: Connection, batch_id: str, *, now: datetime) -> int:
    """Do the same to all jobs of the batch, and note the request on it; return how many jobs ended."""
    live = connection.execute(_LIVE_OF_BATCH, {"batch": batch_id}).all()
    ended = _cancel(connection, live, now)
    connection.execute(_NOTE_REQUEST, {"batch": batch_id, "now": now})
    bump(connection, tally_up(ended, JobState.CANCELED, now))
    return len(ended)


def _cancel(connection: Connection, rows: Sequence[AnyRow], now: datetime) -> Sequence[AnyRow]:
    """End those of the locked jobs that have not started, ask the running ones to stop; return the ended."""
    startable = [row for row in rows if row.state in {JobState.QUEUED, JobState.WAITING}]
    running = [row for row in rows if row.state == JobState.RUNNING]
    for statement, group in ((_CANCEL, startable), (_ASK, running)):
        if group:
            connection.execute(statement, {"ids": [row.id for row in group], "now": now})
    note_moved(connection, startable)
    return startable


def cancellations(connection: Connection, worker_id: str) -> list[str]:
    """Return the ids of the worker's running jobs that it has been asked to stop."""
    return list(connection.scalars(_UNWANTED, {"worker": worker_id}))


def tally_up(rows: Iterable[AnyRow], state: JobState, at: datetime) -> dict[str, Tally]:
    """Return what the end of `rows` in `state` adds to their batches."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in rows:
        if row.batch_id is not None:
            tallies[row.batch_id].end(row.id, state, at)
    return tallies
