"""`queued` to `running`: a worker takes jobs under a new attempt, and the attempt's row is written first."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    false,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from claude.dialect import Dialect
from jobs.job import ClaimedJob, JobState
from jobs.store.dialects import is_among, may_write_in_ctes
from jobs.store.grouped import in_one_go
from jobs.store.moves.budget import hold_spent
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, attempts, batches, jobs, requests
from jobs.store.tenants import tenants
from jobs.store.utc_datetime import UtcDateTime

_decode_headers = msgspec.json.Decoder(dict[str, str]).decode

_NOW = bindparam("now", type_=UtcDateTime)
_OF_JOB = (
    "id",
    "attempt",
    "failures",
    "max_failures",
    "tenant",
    "batch_id",
    "dialect",
    "model",
    "stream",
    "expires_at",
    "first_started_at",
    "max_time_s",
)
_OF_ATTEMPT = ("id", "attempt", "worker_id", "started_at")
_ATTEMPT = ("job_id", "attempt", "worker_id", "started_at")
_TAKEN = {
    "state": JobState.RUNNING.value,
    "attempt": jobs.c.attempt + 1,
    "worker_id": bindparam("worker", type_=Key),
    "first_started_at": func.coalesce(jobs.c.first_started_at, _NOW),
    "started_at": _NOW,
}
_IS_CAPPED = or_(batches.c.max_cost.is_not(None), tenants.c.daily_budget.is_not(None))


def _asked_for(*columns: ColumnElement[Any]) -> Select[Any]:
    """Select from those jobs that are asked for, with what caps them; others' locks are not waited for."""
    return (
        select(*columns)
        .select_from(jobs)
        .outerjoin(batches, batches.c.id == jobs.c.batch_id)
        .outerjoin(tenants, tenants.c.name == jobs.c.tenant)
        .where(is_among(jobs.c.id))
        .with_for_update(of=jobs, skip_locked=True)
    )


# The usual case in one statement. Jobs with a budget are left to the other one, which looks first.
_FREE = (
    _asked_for(jobs.c.id)
    .where(jobs.c.state == JobState.QUEUED.value, jobs.c.expires_at > _NOW, not_(_IS_CAPPED))
    .cte("free")
)
_TAKEN_JOBS = (
    update(jobs)
    .where(jobs.c.id == _FREE.c.id)
    .values(_TAKEN)
    .returning(*(jobs.c[name] for name in dict.fromkeys(_OF_JOB + _OF_ATTEMPT)))
    .cte("taken")
)
_BEGUN = insert(attempts).from_select(_ATTEMPT, select(*(_TAKEN_JOBS.c[name] for name in _OF_ATTEMPT)))
_CLAIM_FREE = (
    select(
        *(_TAKEN_JOBS.c[name] for name in _OF_JOB),
        requests.c.body,
        requests.c.headers,
        false().label("is_capped"),
    )
    .join(requests, requests.c.job_id == _TAKEN_JOBS.c.id)
    .add_cte(_BEGUN.cte("begun"))
)

_LOOK = _asked_for(
    *(jobs.c[name] for name in _OF_JOB),
    jobs.c.state,
    requests.c.body,
    requests.c.headers,
    _IS_CAPPED.label("is_capped"),
).join(requests, requests.c.job_id == jobs.c.id)
_TAKE = update(jobs).where(is_among(jobs.c.id)).values(_TAKEN)
_BEGIN_ATTEMPTS = insert(attempts).from_select(
    _ATTEMPT, select(*(jobs.c[name] for name in _OF_ATTEMPT)).where(is_among(jobs.c.id))
)


def claim(
    connection: Connection, job_ids: Sequence[str], *, worker_id: str, now: datetime
) -> list[ClaimedJob]:
    """Claim those of the jobs that are queued and not expired, and return them in the order of `job_ids`.

    Those whose batch or tenant has spent its budget are held instead.
    A row that another transaction holds is passed over rather than waited for: whoever holds it is
    claiming, canceling or staging it.
    """
    wanted = dict.fromkeys(job_ids)
    claimed: dict[str, ClaimedJob] = {}
    if wanted and may_write_in_ctes(connection):
        claimed = _claim_free(connection, wanted, worker_id=worker_id, now=now)
    if left := wanted.keys() - claimed.keys():
        claimed |= _look_and_claim(connection, left, worker_id=worker_id, now=now)
    return [claimed[job_id] for job_id in wanted if job_id in claimed]


def _claim_free(
    connection: Connection, job_ids: Iterable[str], *, worker_id: str, now: datetime
) -> dict[str, ClaimedJob]:
    given = {"ids": sorted(job_ids), "worker": worker_id, "now": now}
    return {row.id: _claimed(row, row.attempt, now) for row in connection.execute(_CLAIM_FREE, given)}


def _look_and_claim(
    connection: Connection, job_ids: Iterable[str], *, worker_id: str, now: datetime
) -> dict[str, ClaimedJob]:
    rows = [
        row
        for row in connection.execute(_LOOK, {"ids": sorted(job_ids)})
        if row.state == JobState.QUEUED and row.expires_at > now
    ]
    if any(row.is_capped for row in rows):
        rows = hold_spent(connection, rows, now=now)
    if not rows:
        return {}
    ids = [row.id for row in rows]
    with in_one_go(connection):
        connection.execute(_TAKE, {"ids": ids, "worker": worker_id, "now": now})
        connection.execute(_BEGIN_ATTEMPTS, {"ids": ids})
    return {row.id: _claimed(row, row.attempt + 1, now) for row in rows}


def _claimed(row: AnyRow, attempt: int, now: datetime) -> ClaimedJob:
    return ClaimedJob(
        id=row.id,
        attempt=attempt,
        failures=row.failures,
        max_failures=row.max_failures,
        tenant=row.tenant,
        batch_id=row.batch_id,
        dialect=Dialect(row.dialect),
        model=row.model,
        stream=row.stream,
        body=row.body,
        headers=_decode_headers(row.headers),
        expires_at=_end_of(row, now),
        is_capped=bool(row.is_capped),
    )


def _end_of(row: AnyRow, now: datetime) -> datetime:
    """Return until when the job may be tried again."""
    end: datetime = row.expires_at
    if row.max_time_s is None:
        return end
    return min(end, (row.first_started_at or now) + timedelta(seconds=row.max_time_s))
