"""`/v1/jobs`: look at jobs, cancel them, run failed ones again."""

import asyncio
from typing import Annotated

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter

from api.calls import before_hang_up
from api.connection import HttpRequest
from api.given import (
    GivenClock,
    GivenCursors,
    GivenDispatcher,
    GivenHub,
    GivenNews,
    GivenSettings,
    GivenStore,
    GivenTenant,
)
from api.ids import is_id
from api.native.detail import job_in_full
from api.native.errors import ErrorBody
from api.native.queries import DEFAULT_LISTED, PLAIN, Cursor, Limit, Wait
from api.native.views import JobDetail, JobPage, JobView, view_job
from api.openapi import CHANGING, READING, refusals
from jobs.errors import ConflictError, NotFoundError
from jobs.ids import JOB_PREFIX
from jobs.job import Job, JobState
from jobs.news import News
from jobs.store.store import Transaction

StateFilter = Annotated[JobState | None, QueryParameter(name="state", description="Only jobs in this state.")]
BatchFilter = Annotated[str | None, QueryParameter(pattern=PLAIN, description="Only jobs of this batch.")]
ModelFilter = Annotated[
    str | None, QueryParameter(pattern=PLAIN, description="Only jobs for this Claude model.")
]


class JobsController(Controller):
    """The endpoints of single jobs."""

    path = "/v1/jobs"
    tags = ("jobs",)

    @get("/", sync_to_thread=True, summary="List jobs, newest first", responses=refusals(ErrorBody, READING))
    def list_jobs(
        self,
        store: GivenStore,
        cursors: GivenCursors,
        tenant: GivenTenant,
        state_: StateFilter = None,
        batch_id: BatchFilter = None,
        model: ModelFilter = None,
        limit: Limit = DEFAULT_LISTED,
        cursor: Cursor = None,
    ) -> JobPage:
        """Return one page of the jobs that fit every filter."""
        scope = ("jobs", tenant, state_, batch_id, model)
        after = cursors.open(cursor, scope) if cursor is not None else None
        with store.read() as tx:
            found = tx.jobs.list(
                tenant=tenant, state=state_, batch_id=batch_id, model=model, after=after, limit=limit + 1
            )
        page = found[:limit]
        next_cursor = cursors.seal(page[-1].id, scope) if len(found) > limit else None
        return JobPage(data=[view_job(job) for job in page], next_cursor=next_cursor)

    @get(
        "/{job_id:str}",
        summary="Show a job with its request and response",
        responses=refusals(ErrorBody, READING),
    )
    async def get_job(
        self,
        request: HttpRequest,
        store: GivenStore,
        hub: GivenHub,
        tenant: GivenTenant,
        job_id: FromPath[str],
        wait: Wait = 0.0,
    ) -> JobDetail:
        """Return a job, what came in, what came back, and every attempt at it."""

        def look() -> JobDetail:
            with store.read() as tx:
                return job_in_full(tx, find_job(tx, job_id, tenant))

        job = await asyncio.to_thread(look)
        if wait and not job.state.is_final:
            await before_hang_up(request, hub.ended(job_id, timeout_s=wait))
            job = await asyncio.to_thread(look)
        return job

    @post(
        "/{job_id:str}/cancel",
        status_code=200,
        sync_to_thread=True,
        summary="Cancel a job",
        responses=refusals(ErrorBody, CHANGING),
    )
    def cancel_job(
        self,
        store: GivenStore,
        clock: GivenClock,
        news: GivenNews,
        tenant: GivenTenant,
        job_id: FromPath[str],
    ) -> JobView:
        """Cancel a job; one that is running is told to stop, one that has ended stays as it is."""
        with store.write() as tx:
            find_job(tx, job_id, tenant)
            tx.jobs.cancel(job_id, now=clock())
            job = find_job(tx, job_id, tenant)
        announce(news, job)
        return view_job(job)

    @post(
        "/{job_id:str}/retry",
        status_code=200,
        sync_to_thread=True,
        summary="Run a failed job again",
        responses=refusals(ErrorBody, CHANGING),
    )
    def retry_job(
        self,
        store: GivenStore,
        dispatcher: GivenDispatcher,
        news: GivenNews,
        clock: GivenClock,
        settings: GivenSettings,
        tenant: GivenTenant,
        job_id: FromPath[str],
    ) -> JobView:
        """Queue a job afresh that ended `errored`, `canceled` or `expired`."""
        with store.write() as tx:
            state = find_job(tx, job_id, tenant).state
            if not tx.jobs.retry([job_id], expires_at=clock() + settings.expires_in):
                raise ConflictError(
                    f"{job_id} is {state}; only errored, canceled and expired jobs can be run again"
                )
            job = find_job(tx, job_id, tenant)
        dispatcher.post_tick()
        announce(news, job)
        return view_job(job)


def announce(news: News, job: Job) -> None:
    """Tell those who follow the job, or its batch, that it was moved."""
    news.announce(jobs=[job.id], batches=[job.batch_id] if job.batch_id else [])


def find_job(tx: Transaction, job_id: str, tenant: str) -> Job:
    """Return the tenant's job; raises `NotFoundError`."""
    job = tx.jobs.get(job_id, tenant=tenant) if is_id(job_id, JOB_PREFIX) else None
    if job is None:
        raise NotFoundError(f"there is no job {job_id[:80]!r}")
    return job
