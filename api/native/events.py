"""`/v1/jobs/{id}/events` and `/v1/batches/{id}/events`: what happens, pushed as it happens."""

import asyncio

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from api.connection import HttpRequest
from api.given import GivenHub, GivenSettings, GivenStore, GivenTenant
from api.native.batches import find_batch
from api.native.errors import ErrorBody
from api.native.jobs import find_job
from api.openapi import READING, refusals
from api.push.frames import (
    ENDED_ID,
    EVENT_STREAM,
    HEADERS,
    batch_frames,
    for_a_lifetime,
    job_frames,
    place_of,
)
from jobs.batch import Batch
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
    frames = job_frames(hub.follow(job_id, after=place.position), place.position)
    lifetime_s = settings.push_lifetime.total_seconds()
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
) -> Stream | Response[None]:
    """Push a batch's counts as they change, as server-sent events, until it has ended."""

    def find() -> Batch:
        with store.read() as tx:
            return find_batch(tx, batch_id, tenant)

    batch = await asyncio.to_thread(find)
    if request.headers.get(LAST_EVENT_ID) == ENDED_ID and batch.ended_at is not None:
        return Response(None, status_code=NOTHING_MORE)
    frames = batch_frames(hub.watch(batch_id))
    lifetime_s = settings.push_lifetime.total_seconds()
    return Stream(for_a_lifetime(frames, lifetime_s), media_type=EVENT_STREAM, headers=HEADERS)
