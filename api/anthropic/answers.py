"""Answers a call as Claude's API would: the very JSON that came back, or its events as they come."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from litestar import MediaType, Response
from litestar.response import Stream

from api.anthropic.wire import PING, error_event, framed
from api.calls import JOB_HEADER, Calls, CallStream, before_hang_up
from api.connection import HttpRequest
from api.endings import ended, failure_of
from api.errors import Refusal, RefusedError, refusal_of
from api.intake import Call
from api.push.events import Ended, Moved, Pieces, Quiet, Reset
from api.push.hub import QUIET_S
from api.request_id import request_id_of
from jobs.errors import PromptmillError
from jobs.job import FINAL_STATES, Job, JobState
from jobs.store.store import Store

EVENT_STREAM = "text/event-stream; charset=utf-8"
HEAD_PATIENCE_S = 45.0
"""So long the status is held back, while an error can still be one; many proxies give up after 60."""

FAILED = FINAL_STATES - {JobState.SUCCEEDED}
GOES_ROUND = frozenset({JobState.QUEUED, JobState.WAITING})
BROKEN = Refusal(
    status=502,
    type="api_error",
    message="the stream broke, and what was sent of it cannot be taken back: ask again",
)


class Answerer:
    """Answers calls; made anew for each of them."""

    def __init__(self, *, calls: Calls, store: Store, request: HttpRequest, tenant: str) -> None:
        self._calls = calls
        self._store = store
        self._request = request
        self._tenant = tenant
        self._request_id = request_id_of(request.scope)

    async def answer(self, call: Call) -> Response[bytes] | Stream:
        """Return the answer once there is one, or once it has begun; raises `RefusedError`."""
        if call.wants_stream:
            return await self._stream(call)
        job = await self._calls.run(
            call.submitted, tenant=self._tenant, http=self._request, idempotency=call.idempotency
        )
        body = await asyncio.to_thread(self._response, job)
        return Response(body, media_type=MediaType.JSON, headers={JOB_HEADER: job.id})

    def _response(self, job: Job) -> bytes:
        with self._store.read() as tx:
            response = tx.jobs.get_response(job.id)
        if response is None:
            raise ended(404, f"the answer of {job.id} has been deleted")
        return response.body.encode()

    async def _stream(self, call: Call) -> Stream:
        under_way = await self._calls.stream(
            call.submitted, tenant=self._tenant, http=self._request, idempotency=call.idempotency
        )
        first = await before_hang_up(self._request, _first_frame(under_way))
        return Stream(
            self._frames(under_way, first), media_type=EVENT_STREAM, headers={JOB_HEADER: under_way.job_id}
        )

    async def _frames(self, under_way: CallStream, first: bytes) -> AsyncGenerator[bytes]:
        has_begun = first != PING
        try:
            async with aclosing(under_way.events) as events:
                yield first
                async for event in events:
                    if isinstance(event, Pieces):
                        has_begun = True
                        yield framed(event.events)
                    elif isinstance(event, Quiet):
                        yield PING
                    else:
                        _check(event, has_begun=has_begun)
        except PromptmillError as error:
            yield error_event(_told(error, under_way.job_id), self._request_id)


async def _first_frame(under_way: CallStream) -> bytes:
    """Return what the stream begins with; raises `RefusedError` where the call fails before that."""
    silent_s = 0.0
    async for event in under_way.events:
        if isinstance(event, Pieces):
            return framed(event.events)
        if isinstance(event, Quiet):
            silent_s += QUIET_S
            if silent_s >= HEAD_PATIENCE_S:
                return PING
        else:
            _check(event, has_begun=False)
    return b""


def _check(event: Reset | Moved | Ended, *, has_begun: bool) -> None:
    """Raise `RefusedError` where nothing more can come that fits what was sent."""
    if isinstance(event, Reset):
        if has_begun:
            raise RefusedError(BROKEN)
    elif event.job.state in FAILED or (has_begun and event.job.state in GOES_ROUND):
        raise failure_of(event.job)


def _told(error: PromptmillError, job_id: str) -> Refusal:
    refusal = refusal_of(error)
    return replace(refusal, message=f"{refusal.message} ({job_id})")
