"""`queued` to `running`: a worker takes jobs under a new attempt, and the attempt's row is written first."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from claude.dialect import Dialect
from jobs.job import ClaimedJob, JobState
from jobs.store.dialects import is_among
from jobs.store.grouped import in_one_go
from jobs.store.moves.budget import hold_spent
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, attempts, batches, jobs, requests
from jobs.store.tenants import tenants
from jobs.store.utc_datetime import UtcDateTime

_NOW = bindparam("now", type_=UtcDateTime)
_ROWS = (
    select(
        jobs.c.id,
        jobs.c.state,
        jobs.c.attempt,
        jobs.c.failures,
        jobs.c.max_failures,
        jobs.c.tenant,
        jobs.c.batch_id,
        jobs.c.dialect,
        jobs.c.model,
        jobs.c.stream,
        jobs.c.expires_at,
        jobs.c.first_started_at,
        jobs.c.max_time_s,
        requests.c.body,
        requests.c.headers,
        or_(batches.c.max_cost.is_not(None), tenants.c.daily_budget.is_not(None)).label("is_capped"),
    )
    .join(requests, requests.c.job_id == jobs.c.id)
    .outerjoin(batches, batches.c.id == jobs.c.batch_id)
    .outerjoin(tenants, tenants.c.name == jobs.c.tenant)
    .where(is_among(jobs.c.id))
    .with_for_update(of=jobs, skip_locked=True)
)
_CLAIM = (
    update(jobs)
    .where(is_among(jobs.c.id))
    .values(
        state=JobState.RUNNING.value,
        attempt=jobs.c.attempt + 1,
        worker_id=bindparam("worker", type_=Key),
        first_started_at=func.coalesce(jobs.c.first_started_at, _NOW),
        started_at=_NOW,
    )
)
_BEGIN_ATTEMPTS = insert(attempts).from_select(
    ["job_id", "attempt", "worker_id", "started_at"],
    select(jobs.c.id, jobs.c.attempt, jobs.c.worker_id, jobs.c.started_at).where(is_among(jobs.c.id)),
)


def claim(
    connection: Connection, job_ids: Sequence[str], *, worker_id: str, now: datetime
) -> list[ClaimedJob]:
    """Claim those of the jobs that are queued and not expired, and return them in the order of `job_ids`.

    Those whose batch or tenant has spent its budget are held instead.
    A row that another transaction holds is passed over rather than waited for: whoever holds it is
    claiming, canceling or staging it.
    """
    if not job_ids:
        return []
    order = {job_id: place for place, job_id in enumerate(job_ids)}
    rows = [
        row
        for row in connection.execute(_ROWS, {"ids": sorted(order)})
        if row.state == JobState.QUEUED and row.expires_at > now
    ]
    if any(row.is_capped for row in rows):
        rows = hold_spent(connection, rows, now=now)
    if not rows:
        return []
    ids = [row.id for row in rows]
    with in_one_go(connection):
        connection.execute(_CLAIM, {"ids": ids, "worker": worker_id, "now": now})
        connection.execute(_BEGIN_ATTEMPTS, {"ids": ids})
    return [_claimed(row, now) for row in sorted(rows, key=lambda row: order[row.id])]


def _claimed(row: AnyRow, now: datetime) -> ClaimedJob:
    return ClaimedJob(
        id=row.id,
        attempt=row.attempt + 1,
        failures=row.failures,
        max_failures=row.max_failures,
        tenant=row.tenant,
        batch_id=row.batch_id,
        dialect=Dialect(row.dialect),
        model=row.model,
        stream=row.stream,
        body=row.body,
        headers=msgspec.json.decode(row.headers, type=dict[str, str]),
        expires_at=_end_of(row, now),
        is_capped=bool(row.is_capped),
    )


def _end_of(row: AnyRow, now: datetime) -> datetime:
    """Return until when the job may be tried again."""
    end: datetime = row.expires_at
    if row.max_time_s is None:
        return end
    return min(end, (row.first_started_at or now) + timedelta(seconds=row.max_time_s))
