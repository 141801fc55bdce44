"""Answers a call as Claude's API would: the very JSON that came back, or its events as they come."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from litestar import MediaType, Response
from litestar.response import Stream

from api.anthropic.wire import PING, error_event, framed
from api.calls import JOB_HEADER, Calls, CallStream
from api.connection import HttpRequest
from api.endings import ended
from api.intake import Call
from api.push.events import Pieces, Quiet
from api.push.frames import EVENT_STREAM
from api.push.hub import QUIET_S
from api.request_id import request_id_of
from api.streaming import HEAD_PATIENCE_S, beginning, check_goes_on, told_of
from jobs.errors import PromptmillError
from jobs.job import Job
from jobs.store.store import Store


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
        first = await beginning(self._request, under_way, _first_frame(under_way))
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
                        check_goes_on(event, has_begun=has_begun)
        except PromptmillError as error:
            yield error_event(told_of(error, under_way.job_id), self._request_id)


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
            check_goes_on(event, has_begun=False)
    return b""
