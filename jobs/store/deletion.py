"""Rows that go for good, always with all that hangs on them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, delete, exists, select

from jobs.store.dialects import is_among
from jobs.store.openai_batches import openai_batches
from jobs.store.tables import (
    IS_ENDED_ALONE,
    Key,
    attempts,
    batches,
    chunks,
    endings,
    jobs,
    requests,
    responses,
    submissions,
)
from jobs.store.utc_datetime import UtcDateTime

GROUP_SIZE = 2000  # jobs named in one statement

_BEFORE = bindparam("before", type_=UtcDateTime)
_LIMIT = bindparam("limit", type_=Integer)
_BATCH_ID = bindparam("batch", type_=Key)

_OLD_JOBS = (
    select(jobs.c.id)
    .where(IS_ENDED_ALONE, jobs.c.ended_at < _BEFORE)
    .order_by(jobs.c.ended_at)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
)
_OLD_BATCH = (
    select(batches.c.id)
    .where(batches.c.ended_at.is_not(None), batches.c.ended_at < _BEFORE)
    .order_by(batches.c.ended_at)
    .limit(1)
)
_JOBS_OF_BATCH = (
    select(jobs.c.id)
    .where(jobs.c.batch_id == _BATCH_ID, jobs.c.ended_at.is_not(None))
    .order_by(jobs.c.id)
    .limit(_LIMIT)
    .with_for_update()
)
_HANGING = [
    delete(chunks).where(is_among(chunks.c.job_id)),
    delete(attempts).where(is_among(attempts.c.job_id)),
    delete(responses).where(is_among(responses.c.job_id)),
    delete(requests).where(is_among(requests.c.job_id)),
    delete(submissions).where(is_among(submissions.c.target_id)),
    delete(jobs).where(is_among(jobs.c.id)),
]
_DELETE_BATCH = delete(batches).where(
    batches.c.id == _BATCH_ID,
    batches.c.ended_at.is_not(None),
    ~exists().where(jobs.c.batch_id == _BATCH_ID),
)
_FORGET = (
    delete(endings).where(endings.c.batch_id == _BATCH_ID),
    delete(submissions).where(submissions.c.target_id == _BATCH_ID),
    delete(openai_batches).where(openai_batches.c.id == _BATCH_ID),
)


def delete_ended(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete up to `limit` jobs and any number of batches that ended before then; return how many jobs."""
    deleted = _delete_jobs(
        connection, connection.scalars(_OLD_JOBS, {"before": before, "limit": limit}).all()
    )
    while deleted < limit:
        batch_id = connection.scalar(_OLD_BATCH, {"before": before})
        if batch_id is None:
            break
        deleted += _delete_jobs_of(connection, batch_id, limit - deleted)
        if not delete_batch_row(connection, batch_id):
            break
    return deleted


def delete_batch(connection: Connection, batch_id: str) -> bool:
    """Delete the batch with its jobs; return whether it had ended, for otherwise it stays."""
    while _delete_jobs_of(connection, batch_id, GROUP_SIZE) == GROUP_SIZE:
        pass
    return delete_batch_row(connection, batch_id)


def delete_batch_row(connection: Connection, batch_id: str) -> bool:
    """Delete the batch's own row if it has ended and its jobs are gone; return whether it was deleted."""
    if not connection.execute(_DELETE_BATCH, {"batch": batch_id}).rowcount:
        return False
    for statement in _FORGET:
        connection.execute(statement, {"batch": batch_id})
    return True


def _delete_jobs_of(connection: Connection, batch_id: str, limit: int) -> int:
    return _delete_jobs(
        connection, connection.scalars(_JOBS_OF_BATCH, {"batch": batch_id, "limit": limit}).all()
    )


def _delete_jobs(connection: Connection, job_ids: Sequence[str]) -> int:
    for statement in _HANGING if job_ids else []:
        connection.execute(statement, {"ids": list(job_ids)})
    return len(job_ids)
