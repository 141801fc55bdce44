"""The client for asyncio: it asks the same as `Client` does, and waits for none of it in a thread."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from types import TracebackType
from typing import IO, Any, Self, TypeVar, Unpack

import httpx

from promptmill import asks
from promptmill.asks import Ask, Pages
from promptmill.async_evaluations import AsyncEvaluations
from promptmill.async_schedules import AsyncSchedules
from promptmill.batch_options import BatchOptions
from promptmill.client import DEFAULT_URL, KEY_VARIABLE, READ_SIZE, SUBMIT_ATTEMPTS, URL_VARIABLE
from promptmill.errors import RefusedError, ServerUnreachableError
from promptmill.eval_records import EvalRun
from promptmill.following import (
    COME_BACK_S,
    EndedJob,
    Following,
    JobEvent,
    following_batch,
    following_endings,
    following_job,
)
from promptmill.lines import Lines, result_of
from promptmill.records import Batch, Delivery, Job, Lane, Result
from promptmill.transport import faults_named, open_async_connection, refuse, without_password
from promptmill.waiting import Waiting

T = TypeVar("T")
Ending = TypeVar("Ending", Batch, Job, EvalRun)
LINES_AT_ONCE = 100  # of a submission, before others get their turn


class AsyncClient:
    """`Client` for asyncio; close it, or use it in an `async with` statement.

    Its methods raise `ServerUnreachableError` when no server answers and `RefusedError` when it says no.
    """

    def __init__(self, base_url: str | None = None, *, api_key: str | None = None) -> None:
        """Open a client for `base_url`, by default `PROMPTMILL_URL`, else http://127.0.0.1:8000.

        `api_key` is by default `PROMPTMILL_API_KEY`; servers without keys need none.
        """
        url = base_url or os.environ.get(URL_VARIABLE) or DEFAULT_URL
        self._http = open_async_connection(url, api_key=api_key or os.environ.get(KEY_VARIABLE))
        self.base_url = without_password(url)
        """Fit to be shown."""
        self.evaluations = AsyncEvaluations(
            ask=self._ask, pages=self._pages, lines=self._lines, wait=self._await
        )
        """Everything about evaluations and their runs."""
        self.schedules = AsyncSchedules(ask=self._ask, pages=self._pages)
        """Everything about schedules."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def submit(self, jobs: Iterable[Mapping[str, Any]], **options: Unpack[BatchOptions]) -> Batch:
        """Submit `jobs` as one batch; each is `{"request": {...}}`, with a `custom_id` if you like.

        They are sent as they are iterated over; nothing is stored unless every one is good.
        """
        return await self._ask(asks.submission(options, asks.new_key()), content=_slowly(asks.lines_of(jobs)))

    async def submit_file(self, lines: IO[bytes], **options: Unpack[BatchOptions]) -> Batch:
        """Submit a file that holds one job object a line; it is sent again if the connection is lost."""
        submission = asks.submission(options, asks.new_key())  # what was sent again is not run twice
        for attempt in range(1, SUBMIT_ATTEMPTS + 1):
            try:
                lines.seek(0)
                return await self._ask(submission, content=_pieces_of(lines))
            except ServerUnreachableError as error:
                if attempt == SUBMIT_ATTEMPTS or isinstance(error.__cause__, httpx.ConnectError):
                    raise
        raise AssertionError

    async def submit_job(self, request: Mapping[str, Any], **job: object) -> Job:
        """Submit a single job.

        `job` may say `format`, `custom_id`, `priority`, `run_at`, `expires_in_s`, `max_failures` and
        `max_time_s`.
        """
        return await self._ask(asks.submit_job(request, job))

    async def get_job(self, job_id: str) -> Job:
        """Return a job with its request, its response and its attempts."""
        return await self._ask(asks.get_job(job_id))

    async def get_batch(self, batch_id: str) -> Batch:
        """Return a batch with its counts as they are now."""
        return await self._ask(asks.get_batch(batch_id))

    def jobs(
        self, *, state: str | None = None, batch_id: str | None = None, limit: int | None = None
    ) -> AsyncGenerator[Job]:
        """Yield jobs without their bodies, newest first, `limit` at most."""
        return self._pages(asks.job_pages(state, batch_id, limit))

    async def results(self, batch_id: str) -> AsyncGenerator[Result]:
        """Yield the results there are so far, in the order in which the jobs were submitted."""
        async with aclosing(self._lines(asks.batch_path(batch_id, "results"))) as lines:
            async for line in lines:
                yield result_of(line)

    async def wait(self, batch_id: str, on_progress: Callable[[Batch], None] | None = None) -> Batch:
        """Return the batch once it has ended; `on_progress` is called with each look at it.

        A server that goes away meanwhile is given a minute to come back.
        """
        waiting = Waiting(timeout_s=None, is_watched=on_progress is not None)
        return await self._await(lambda wait_s: asks.get_batch(batch_id, wait_s), waiting, on_progress)

    async def wait_for_job(self, job_id: str, *, timeout_s: float | None = None) -> Job:
        """Return the job once it has ended, with its response; or as it is after `timeout_s`."""
        waiting = Waiting(timeout_s=timeout_s, is_watched=False)
        return await self._await(lambda wait_s: asks.get_job(job_id, wait_s), waiting, None)

    def stream(self, job_id: str, *, timeout_s: float | None = None) -> AsyncGenerator[JobEvent]:
        """Yield what becomes of a job as it happens, from its start to its end or until `timeout_s` is over.

        The chunks come where its request asked for a stream. A connection that is lost is opened anew and
        goes on where it was; a server that goes away is given a minute to come back.
        """
        return self._follow(following_job(job_id, timeout_s))

    def watch(self, batch_id: str) -> AsyncGenerator[Batch]:
        """Yield a batch whenever its counts have changed; the last time when it has ended.

        Connections are kept up as by `stream`.
        """
        return self._follow(following_batch(batch_id))

    async def ended_jobs(self, batch_id: str) -> AsyncGenerator[EndedJob]:
        """Yield the jobs of a batch in the order in which they end, from the first to the batch's end.

        Connections are kept up as by `stream`.
        """
        async with aclosing(self._follow(following_endings(batch_id))) as endings:
            async for ended in endings:
                for job in ended:
                    yield job

    async def cancel_batch(self, batch_id: str) -> Batch:
        """Cancel what has not ended of a batch."""
        return await self._ask(asks.move_batch(batch_id, "cancel"))

    async def retry_batch(self, batch_id: str) -> Batch:
        """Queue the failed jobs of a batch afresh."""
        return await self._ask(asks.move_batch(batch_id, "retry"))

    async def set_max_cost(self, batch_id: str, max_cost: float | None) -> Batch:
        """Set what a batch may cost in US dollars, None for any amount; what waited for that goes on."""
        return await self._ask(asks.set_max_cost(batch_id, max_cost))

    async def cancel_job(self, job_id: str) -> Job:
        """Cancel a job that has not ended."""
        return await self._ask(asks.move_job(job_id, "cancel"))

    async def retry_job(self, job_id: str) -> Job:
        """Queue a failed job afresh."""
        return await self._ask(asks.move_job(job_id, "retry"))

    async def lanes(self) -> list[Lane]:
        """Return how the lanes to Claude stand."""
        return (await self._ask(asks.lanes())).data

    async def resume_lanes(self, name: str | None = None) -> list[Lane]:
        """Have a paused lane, or all of them, go on at once; return which."""
        return (await self._ask(asks.resume_lanes(name))).data

    def deliveries(
        self, *, batch_id: str | None = None, limit: int | None = None
    ) -> AsyncGenerator[Delivery]:
        """Yield what webhooks were told, newest first, `limit` at most."""
        return self._pages(asks.delivery_pages(batch_id, limit))

    async def get_delivery(self, delivery_id: str) -> Delivery:
        """Return a delivery with its payload and every attempt at it."""
        return await self._ask(asks.get_delivery(delivery_id))

    async def resend_delivery(self, delivery_id: str) -> Delivery:
        """Have a delivery sent again, now."""
        return await self._ask(asks.resend_delivery(delivery_id))

    async def _pages(self, pages: Pages[T]) -> AsyncGenerator[T]:
        while pages.is_more:
            for each in pages.take(await self._ask(pages.ask())):
                yield each

    async def _ask(self, ask: Ask[T], **more: Any) -> T:  # noqa: ANN401 - httpx's own
        with faults_named(self.base_url):
            response = await self._http.request(ask.method, ask.path, **ask.details, **more)
        return ask.answer(response, self.base_url)

    async def _pieces(self, path: str, **details: Any) -> AsyncGenerator[bytes]:  # noqa: ANN401 - httpx's own
        with faults_named(self.base_url):
            async with self._http.stream("GET", path, **details) as response:
                if not response.is_success:
                    await response.aread()
                    refuse(response)
                async for piece in response.aiter_bytes():
                    yield piece

    async def _lines(self, path: str, **details: Any) -> AsyncGenerator[bytes]:  # noqa: ANN401 - httpx's own
        lines = Lines()
        async with aclosing(self._pieces(path, **details)) as pieces:
            async for piece in pieces:
                for line in lines.feed(piece):
                    yield line
        for line in lines.rest():
            yield line

    async def _await(
        self,
        look: Callable[[float], Ask[Ending]],
        waiting: Waiting,
        on_progress: Callable[[Ending], None] | None,
    ) -> Ending:
        while True:
            try:
                seen = await self._ask(look(waiting.look_s()))
            except (ServerUnreachableError, RefusedError) as error:
                await asyncio.sleep(waiting.patience.pause_after(error))
                continue
            waiting.patience.renew()
            if on_progress is not None:
                on_progress(seen)
            if seen.has_ended or waiting.is_over:
                return seen
            await asyncio.sleep(waiting.pause_s())

    async def _follow(self, following: Following[T]) -> AsyncGenerator[T]:
        while not following.is_over:
            try:
                async with aclosing(self._pieces(following.path, **following.connect())) as pieces:
                    async for piece in pieces:
                        for event in following.feed(piece):
                            yield event
                await asyncio.sleep(0 if following.is_over else COME_BACK_S)
            except (ServerUnreachableError, RefusedError) as error:
                if not following.is_over:
                    await asyncio.sleep(following.patience.pause_after(error))


async def _slowly(lines: Iterable[bytes]) -> AsyncIterator[bytes]:
    for number, line in enumerate(lines, start=1):
        yield line
        if number % LINES_AT_ONCE == 0:
            await asyncio.sleep(0)


async def _pieces_of(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, READ_SIZE):
        yield piece
