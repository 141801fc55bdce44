"""`/v1/jobs/{id}/events` and `/v1/batches/{id}/events`: what happens, pushed as it happens."""

import asyncio
from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api.connection import HttpRequest
from api.given import GivenHub, GivenSettings, GivenStore, GivenTenant
from api.native.batches import find_batch
from api.native.errors import ErrorBody
from api.native.jobs import find_job
from api.openapi import READING, refusals
from api.push.frames import (
    EVENT_STREAM,
    HEADERS,
    batch_frames,
    batch_place_of,
    for_a_lifetime,
    job_frames,
    place_of,
)
from api.push.hub import QUIET_S
from jobs.batch import Batch
from jobs.ending import EndingPosition
from jobs.job import Job

LAST_EVENT_ID = "last-event-id"
NOTHING_MORE = 204
"""The status with which a browser's `EventSource` stops coming back."""


@get(
    "/v1/jobs/{job_id:str}/events",
    tags=["jobs"],
    media_type=EVENT_STREAM,
    summary="Follow a job",
    responses=refusals(ErrorBody, READING),
)
async def follow_job(
    request: HttpRequest,
    store: GivenStore,
    hub: GivenHub,
    settings: GivenSettings,
    tenant: GivenTenant,
    job_id: FromPath[str],
) -> Stream | Response[None]:
    """Push a job's answer as it comes, as server-sent events; `Last-Event-ID` goes on where one was."""

    def find() -> Job:
        with store.read() as tx:
            return find_job(tx, job_id, tenant)

    job = await asyncio.to_thread(find)
    place = place_of(request.headers.get(LAST_EVENT_ID))
    if place.knows_end and job.state.is_final and place.position.attempt == job.attempt:
        return Response(None, status_code=NOTHING_MORE)
    lifetime_s = settings.push_lifetime.total_seconds()
    following = hub.follow(job_id, after=place.position, quiet_s=min(QUIET_S, lifetime_s))
    frames = job_frames(following, place.position)
    return Stream(for_a_lifetime(frames, lifetime_s), media_type=EVENT_STREAM, headers=HEADERS)


@get(
    "/v1/batches/{batch_id:str}/events",
    tags=["batches"],
    media_type=EVENT_STREAM,
    summary="Follow a batch",
    responses=refusals(ErrorBody, READING),
)
async def follow_batch(
    request: HttpRequest,
    store: GivenStore,
    hub: GivenHub,
    settings: GivenSettings,
    tenant: GivenTenant,
    batch_id: FromPath[str],
    with_jobs: Annotated[
        bool, QueryParameter(name="jobs", description="Whether to tell which jobs have ended.")
    ] = True,
) -> Stream | Response[None]:
    """Push a batch's counts as they change and which of its jobs end, as server-sent events, to its end."""
    place = batch_place_of(request.headers.get(LAST_EVENT_ID))

    def find() -> tuple[Batch, bool]:
        position = EndingPosition(batch_id=batch_id, seq=place.seq)
        with store.read() as tx:
            batch = find_batch(tx, batch_id, tenant)
            asks = with_jobs and place.knows_end
            return batch, asks and bool(tx.endings.read_many([position], most=1))

    batch, has_more = await asyncio.to_thread(find)
    if place.knows_end and batch.ended_at is not None and not has_more:
        return Response(None, status_code=NOTHING_MORE)
    lifetime_s = settings.push_lifetime.total_seconds()
    after = place.seq if with_jobs else None
    watching = hub.watch(batch_id, after=after, quiet_s=min(QUIET_S, lifetime_s))
    frames = batch_frames(watching, place.seq)
    return Stream(for_a_lifetime(frames, lifetime_s), media_type=EVENT_STREAM, headers=HEADERS)
