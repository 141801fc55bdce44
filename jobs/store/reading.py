"""Jobs looked up and listed; every list walks an index in the order of ids, a page at a time."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, select, union_all

from jobs.job import Job, JobState
from jobs.store.dialects import is_among
from jobs.store.rows import job_from
from jobs.store.stored import JobResult, StoredRequest, StoredResponse
from jobs.store.tables import Key, is_in, jobs, requests, responses

_JOB_ID = bindparam("job", type_=Key)
_JOB = select(jobs).where(jobs.c.id == _JOB_ID)
_REQUEST = select(requests.c.body, requests.c.headers).where(requests.c.job_id == _JOB_ID)
_RESPONSE = select(responses.c.attempt, responses.c.body).where(responses.c.job_id == _JOB_ID)
_JOBS = select(jobs).where(is_among(jobs.c.id)).order_by(jobs.c.id.desc())
_RESULTS = (
    select(jobs, responses.c.body)
    .outerjoin(responses, responses.c.job_id == jobs.c.id)
    .where(is_among(jobs.c.id))
    .order_by(jobs.c.id)
)
_RUNNING = select(jobs.c.id, jobs.c.attempt).where(
    is_in(JobState.RUNNING), jobs.c.worker_id == bindparam("worker", type_=Key)
)


def get(connection: Connection, job_id: str, *, tenant: str | None) -> Job | None:
    """Return the job, or nothing if there is none or it is another tenant's."""
    row = connection.execute(_JOB, {"job": job_id}).one_or_none()
    if row is None or tenant not in {None, row.tenant}:
        return None
    return job_from(row)


def get_many(connection: Connection, job_ids: Collection[str]) -> dict[str, Job]:
    """Return those of the jobs that there are, by id."""
    rows = connection.execute(_JOBS, {"ids": sorted({*job_ids})}) if job_ids else ()
    return {row.id: job_from(row) for row in rows}


def get_request(connection: Connection, job_id: str) -> StoredRequest | None:
    """Return the job's request."""
    row = connection.execute(_REQUEST, {"job": job_id}).one_or_none()
    if row is None:
        return None
    return StoredRequest(body=row.body, headers=msgspec.json.decode(row.headers, type=dict[str, str]))


def get_response(connection: Connection, job_id: str) -> StoredResponse | None:
    """Return Claude's answer, if the job has succeeded."""
    row = connection.execute(_RESPONSE, {"job": job_id}).one_or_none()
    return row and StoredResponse(attempt=row.attempt, body=row.body)


def list_jobs(
    connection: Connection,
    *,
    tenant: str,
    state: JobState | None,
    batch_id: str | None,
    model: str | None,
    after: str | None,
    limit: int,
) -> list[Job]:
    """Return a page of the tenant's jobs, newest first, that comes after the job `after`."""
    conditions = [jobs.c.tenant == tenant if batch_id is None else jobs.c.batch_id == batch_id]
    if model is not None:
        conditions.append(jobs.c.model == model)
    if after is not None:
        conditions.append(jobs.c.id < after)
    states = list(JobState) if state is None else [state]
    ids = _page(connection, conditions, states, limit, newest_first=True)
    rows = connection.execute(_JOBS, {"ids": ids}) if ids else ()
    return [job_from(row) for row in rows if row.tenant == tenant]  # a batch has one tenant, maybe another


def results(
    connection: Connection, batch_id: str, *, states: Collection[JobState], after: str | None, limit: int
) -> list[JobResult]:
    """Return a page of the batch's jobs in those final states, oldest first, that comes after `after`."""
    conditions = [jobs.c.batch_id == batch_id, jobs.c.id > (after or "")]
    ids = _page(connection, conditions, sorted(states), limit, newest_first=False)
    if not ids:
        return []
    rows = connection.execute(_RESULTS, {"ids": ids})
    return [JobResult(job=job_from(row), response=row.body) for row in rows]


def startable_count(connection: Connection, tenant: str, *, most: int) -> int:
    """Return how many jobs of the tenant are queued or waiting; counts to `most` of each only."""
    # The order names the index: without it Postgres may walk one that other tenants' jobs are in as well.
    of_tenant = select(jobs.c.id).where(jobs.c.tenant == tenant).order_by(jobs.c.id).limit(most)
    walks = [of_tenant.where(is_in(state)).subquery() for state in (JobState.QUEUED, JobState.WAITING)]
    both = union_all(*(select(walk.c.id) for walk in walks)).subquery()
    return connection.execute(select(func.count()).select_from(both)).scalar_one()


def running(connection: Connection, worker_id: str) -> list[tuple[str, int]]:
    """Return id and attempt of each job that the worker is running."""
    return [(row.id, row.attempt) for row in connection.execute(_RUNNING, {"worker": worker_id})]


def _page(
    connection: Connection,
    conditions: Sequence[ColumnElement[bool]],
    states: Sequence[JobState],
    limit: int,
    *,
    newest_first: bool,
) -> list[str]:
    """Return the ids of a page, merged from one walk along the index for each state.

    The indexes hold the state before the id, so that a filter on it is a range and not a search.
    """

    def first(ids: Select[tuple[str]]) -> Select[tuple[str]]:
        [id_column] = ids.selected_columns
        return ids.order_by(id_column.desc() if newest_first else id_column.asc()).limit(limit)

    walks = [first(select(jobs.c.id).where(*conditions, is_in(state))).subquery() for state in states]
    merged = union_all(*(select(walk.c.id) for walk in walks)).subquery()
    return list(connection.scalars(first(select(merged.c.id))))
