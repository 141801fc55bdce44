"""Answers a chat request: with a completion, or with its chunks as they come."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from time import time

import msgspec
from litestar import MediaType, Response
from litestar.response import Stream

from api.calls import JOB_HEADER, Calls, CallStream
from api.completion import completion_of
from api.connection import HttpRequest
from api.endings import ended, refusal_of_error
from api.errors import RefusedError
from api.intake import Call
from api.openai.wire import AWAKE, DONE, error_frame, framed
from api.push.events import Ended, Moved, Pieces, Quiet, Reset
from api.push.frames import EVENT_STREAM
from api.push.hub import QUIET_S
from api.request_id import request_id_of
from api.streaming import BROKEN, HEAD_PATIENCE_S, beginning, check_goes_on, told_of
from claude.chat.chunks import ChunkTranslator
from claude.chat.reply import reply_shape
from claude.errors import ClaudeError
from jobs.errors import PromptmillError
from jobs.job import Job
from jobs.store.store import Store

WARNINGS_HEADER = "promptmill-warnings"
LONGEST_HEADER = 4096  # characters: servers and proxies on the way take little more


class ChatAnswerer:
    """Answers chat requests; made anew for each of them."""

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
        completion = await asyncio.to_thread(self._completion, job)
        return Response(completion, media_type=MediaType.JSON, headers=_headers(job.id, job.warnings))

    def _completion(self, job: Job) -> bytes:
        with self._store.read() as tx:
            response = tx.jobs.get_response(job.id)
            completion = completion_of(tx, job, response.body if response else None)
        if completion is None:
            raise ended(404, f"the answer of {job.id} has been deleted")
        return msgspec.json.encode(completion)

    async def _stream(self, call: Call) -> Stream:
        under_way = await self._calls.stream(
            call.submitted, tenant=self._tenant, http=self._request, idempotency=call.idempotency
        )
        chunks = ChatChunks(under_way, call.submitted.body, self._request_id)
        first = await beginning(self._request, under_way, chunks.first())
        return Stream(
            chunks.frames(first),
            media_type=EVENT_STREAM,
            headers=_headers(under_way.job_id, under_way.warnings),
        )


class ChatChunks:
    """The chunks of one call, framed."""

    def __init__(self, under_way: CallStream, request: str, request_id: str) -> None:
        self._under_way = under_way
        self._request = request
        self._request_id = request_id
        self._translator = self._fresh()
        self._has_begun = False

    async def first(self) -> bytes:
        """Return what the stream begins with; raises `RefusedError` where the call fails before that."""
        silent_s = 0.0
        async for event in self._under_way.events:
            if frame := self._frame(event):
                silent_s += QUIET_S if frame == AWAKE else 0
                if self._has_begun or silent_s >= HEAD_PATIENCE_S:
                    return frame
        return b""

    async def frames(self, first: bytes) -> AsyncGenerator[bytes]:
        """Yield `first` and all that follows; a failure ends the stream with an error, and without DONE."""
        try:
            async with aclosing(self._under_way.events) as events:
                yield first
                async for event in events:
                    if frame := self._frame(event):
                        yield frame
            if not self._has_begun:
                raise RefusedError(BROKEN)
            yield DONE
        except PromptmillError as error:
            yield error_frame(told_of(error, self._under_way.job_id), self._request_id)

    def _frame(self, event: Pieces | Reset | Moved | Ended | Quiet) -> bytes:
        if isinstance(event, Pieces):
            return self._pieces(event)
        if isinstance(event, Quiet):
            return AWAKE
        check_goes_on(event, has_begun=self._has_begun)
        if isinstance(event, Reset):
            self._translator = self._fresh()
        return b""

    def _pieces(self, event: Pieces) -> bytes:
        try:
            frame = framed(event.events, self._translator)
        except ClaudeError as error:
            raise RefusedError(refusal_of_error(error)) from error
        self._has_begun = self._has_begun or bool(frame)
        return frame

    def _fresh(self) -> ChunkTranslator:
        return ChunkTranslator(shape=reply_shape(self._request), created=int(time()))


def _headers(job_id: str, warnings: tuple[str, ...]) -> Mapping[str, str]:
    """Return the headers that tell of the job, and of what was left out of the request, as a JSON list."""
    if not warnings:
        return {JOB_HEADER: job_id}
    told = list(warnings)
    while len(text := _ascii(told)) > LONGEST_HEADER:
        told.pop()
    return {JOB_HEADER: job_id, WARNINGS_HEADER: text}


def _ascii(warnings: list[str]) -> str:
    return json.dumps(warnings)
