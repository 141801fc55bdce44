"""Back to `queued`: from a lost worker, or from an ending at the caller's wish."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Double, bindparam, select, update

from jobs.job import JobState, Priority
from jobs.outcome import Reason
from jobs.store.dialects import is_among
from jobs.store.fairness import Line
from jobs.store.grouped import GroupedUpdate, Rows
from jobs.store.moved import note_moved
from jobs.store.moves.end import tally_up
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, attempts, batches, is_in, jobs
from jobs.store.tallies import Tally, bump
from jobs.store.utc_datetime import UtcDateTime

_NOW = bindparam("now", type_=UtcDateTime)
_IS_FAILED = is_in(JobState.CANCELED, JobState.ERRORED, JobState.EXPIRED)

_STRANDED = (
    select(jobs.c.id, jobs.c.attempt, jobs.c.tenant, jobs.c.batch_id, jobs.c.lane, jobs.c.cancel_requested_at)
    .where(is_in(JobState.RUNNING), is_among(jobs.c.worker_id))
    .with_for_update(skip_locked=True)
)
_QUEUE = (
    update(jobs)
    .where(is_among(jobs.c.id))
    .values(
        state=JobState.QUEUED.value,
        reason=Reason.WORKER_LOST.value,
        vstart=bindparam("first", type_=Double),
        dispatched_at=None,
    )
)
_CANCEL = (
    update(jobs)
    .where(is_among(jobs.c.id))
    .values(state=JobState.CANCELED.value, reason=Reason.CANCELED.value, ended_at=_NOW)
)
_LOSE_ATTEMPTS = (
    update(attempts)
    .where(is_among(attempts.c.job_id), attempts.c.ended_at.is_(None))
    .values(state=JobState.QUEUED.value, reason=Reason.WORKER_LOST.value, ended_at=_NOW)
)
_FACTS = select(
    jobs.c.id, jobs.c.state, jobs.c.tenant, jobs.c.batch_id, jobs.c.priority, jobs.c.lane
).with_for_update()
_FAILED_AMONG = _FACTS.where(is_among(jobs.c.id), _IS_FAILED).order_by(jobs.c.id)
_FAILED_OF_BATCH = _FACTS.where(jobs.c.batch_id == bindparam("batch", type_=Key), _IS_FAILED).order_by(
    jobs.c.id
)
_RETRY = GroupedUpdate(
    {"job_id": Key, "vstart": Double(), "expires_at": UtcDateTime()},
    lambda given: (
        update(jobs)
        .where(jobs.c.id == given("job_id"))
        .values(
            state=JobState.QUEUED.value,
            reason=None,
            failures=0,
            first_started_at=None,
            vstart=given("vstart"),
            expires_at=given("expires_at"),
            dispatched_at=None,
            ended_at=None,
            cancel_requested_at=None,
            error_type=None,
            error_message=None,
            error_status=None,
            error_request_id=None,
            error_details=None,
        )
    ),
)
_REOPEN = (
    update(batches)
    .where(is_among(batches.c.id))
    .values(cancel_requested_at=None, expires_at=bindparam("until", type_=UtcDateTime))
)


def rescue(connection: Connection, worker_ids: Sequence[str], *, now: datetime) -> int:
    """Queue again what these workers were running, or end it where that was asked; return how many jobs."""
    if not worker_ids:
        return 0
    rows = connection.execute(_STRANDED, {"ids": list(worker_ids)}).all()
    if not rows:
        return 0
    unwanted = [row for row in rows if row.cancel_requested_at is not None]
    line = Line(connection)
    wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows:
        if row.cancel_requested_at is None:
            wanted[row.lane, row.tenant].append(row.id)
    for (lane, tenant), ids in wanted.items():
        connection.execute(_QUEUE, {"ids": ids, "first": line.ahead(lane, tenant)})
    connection.execute(_CANCEL, {"ids": [row.id for row in unwanted], "now": now})
    connection.execute(_LOSE_ATTEMPTS, {"ids": [row.id for row in rows], "now": now})
    bump(connection, tally_up(unwanted, JobState.CANCELED, now))
    note_moved(connection, rows)
    return len(rows)


def retry(connection: Connection, job_ids: Sequence[str], *, expires_at: datetime) -> int:
    """Queue those of the jobs afresh that ended without success; return how many that were."""
    return _requeue(connection, connection.execute(_FAILED_AMONG, {"ids": sorted(job_ids)}).all(), expires_at)


def retry_batch(connection: Connection, batch_id: str, *, expires_at: datetime) -> int:
    """Do the same to all jobs of the batch."""
    return _requeue(connection, connection.execute(_FAILED_OF_BATCH, {"batch": batch_id}).all(), expires_at)


def _requeue(connection: Connection, rows: Sequence[AnyRow], expires_at: datetime) -> int:
    if not rows:
        return 0
    line = Line(connection)
    queued = [
        {
            "job_id": row.id,
            "vstart": line.join(row.lane, row.tenant, Priority(row.priority)),
            "expires_at": expires_at,
        }
        for row in rows
    ]
    _RETRY.execute(connection, Rows(queued))
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in rows:
        if row.batch_id is not None:
            tallies[row.batch_id].ended[JobState(row.state)] -= 1
    bump(connection, tallies)
    connection.execute(_REOPEN, {"ids": sorted(tallies), "until": expires_at})
    note_moved(connection, rows)
    return len(rows)
