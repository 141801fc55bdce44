"""Calls that somebody waits for: jobs like any other, but given up when their caller is gone."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import TypeVar, cast

import msgspec.structs
import structlog

from api.call_options import call_options_of
from api.connection import HttpRequest
from api.endings import ended, failure_of
from api.errors import Refusal, RefusedError
from api.lane_watch import LaneWatch
from api.push.events import Ended, JobEvent, Moved
from api.push.hub import Hub
from claude.model_class import model_class
from jobs.clock import Clock
from jobs.errors import PromptmillError
from jobs.ids import IDS, JOB_PREFIX
from jobs.job import Job, JobState
from jobs.outcome import Reason
from jobs.store.store import Store
from jobs.submission import Idempotency, SubmittedRequest
from jobs.submit import Submitter

T = TypeVar("T")
LIFETIME_S = 3600.0  # Claude's own longest call
LOOK_S = 1.0
PROBE_S = 3.0  # until a caller may have been the one with whom a paused lane was tried again
JOB_HEADER = "promptmill-job-id"
BUSY = Refusal(
    status=529,
    type="overloaded_error",
    message="too many callers are waiting here already; try again in a moment, or submit a batch",
    headers={"retry-after": "2"},
)
MONEY = {
    Reason.MAX_COST: "the batch of this job has spent its budget",
    Reason.DAILY_BUDGET: "your budget for today is spent",
}


@dataclass(frozen=True, slots=True)
class CallStream:
    """A call under way."""

    job_id: str
    events: AsyncGenerator[JobEvent]
    """Ends after `Ended`, or with a `RefusedError`. Close it: a job whose caller is gone is canceled."""
    warnings: tuple[str, ...] = ()
    """What the caller should know although the request was taken."""


class Calls:
    """Takes calls, as many at once as it may; one for each api process."""

    def __init__(
        self, *, submitter: Submitter, store: Store, hub: Hub, lanes: LaneWatch, clock: Clock, most: int
    ) -> None:
        self._submitter = submitter
        self._store = store
        self._hub = hub
        self._lanes = lanes
        self._clock = clock
        self._most = most
        self._open = 0
        self._cancels: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("calls")

    async def run(
        self,
        request: SubmittedRequest,
        *,
        tenant: str,
        http: HttpRequest,
        idempotency: Idempotency | None = None,
    ) -> Job:
        """Return the job once it has succeeded; raises `RefusedError`, or why it cannot be taken."""
        call = await self._begin(request, tenant=tenant, http=http, idempotency=idempotency, pieces=False)
        job = await before_hang_up(http, _end_of(call))
        if job.state is not JobState.SUCCEEDED:
            raise failure_of(job)
        return job

    async def stream(
        self,
        request: SubmittedRequest,
        *,
        tenant: str,
        http: HttpRequest,
        idempotency: Idempotency | None = None,
    ) -> CallStream:
        """Submit a call and give its events as they come; raises why it cannot be taken."""
        return await self._begin(request, tenant=tenant, http=http, idempotency=idempotency, pieces=True)

    async def _begin(
        self,
        request: SubmittedRequest,
        *,
        tenant: str,
        http: HttpRequest,
        idempotency: Idempotency | None,
        pieces: bool,
    ) -> CallStream:
        if self._open >= self._most:
            raise RefusedError(BUSY)
        keeps = call_options_of(http.headers).keeps
        if not keeps:  # should this process die, nobody is left to give the job up
            request = msgspec.structs.replace(request, expires_in=timedelta(seconds=LIFETIME_S))
        job_id = IDS.make(JOB_PREFIX)
        submit = partial(
            self._submitter.submit_one, request, tenant=tenant, job_id=job_id, idempotency=idempotency
        )
        events = self._events(job_id, submit, keeps=keeps, pieces=pieces)
        taken = cast("Moved", await anext(events))
        return CallStream(taken.job.id, events)

    async def _events(
        self, job_id: str, submit: Callable[[], Job], *, keeps: bool, pieces: bool
    ) -> AsyncGenerator[JobEvent]:
        """Submit the call and yield first that it was taken, then what becomes of it."""
        is_over = True
        self._open += 1
        try:
            async with AsyncExitStack() as following:
                # From before there is anything to follow: news of it cannot come too early.
                follow = partial(self._hub.follow, pieces=pieces)
                events = await following.enter_async_context(follow(job_id, is_new=True))
                job = await asyncio.to_thread(submit)
                is_over = False
                yield Moved(job)
                if job.id != job_id:  # it was submitted before
                    job_id = job.id
                    events = await following.enter_async_context(follow(job_id))
                watch = _Watch(job, self._lanes)
                while not is_over:
                    event = await watch.next(events)
                    is_over = isinstance(event, Ended)
                    yield event
        finally:
            self._open -= 1
            if not (is_over or keeps):
                self._give_up(job_id)

    def _give_up(self, job_id: str) -> None:
        """Cancel the job, apart from the caller's own task: that is being canceled itself."""
        task = asyncio.get_running_loop().create_task(asyncio.to_thread(self._cancel, job_id))
        self._cancels.add(task)
        task.add_done_callback(self._cancels.discard)

    def _cancel(self, job_id: str) -> None:
        try:
            with self._store.write() as tx:
                tx.jobs.cancel(job_id, now=self._clock())
        except PromptmillError as error:
            self._log.warning("cancel_failed", job=job_id, reason=str(error))

    async def aclose(self) -> None:
        """Wait for what is being canceled."""
        await asyncio.gather(*self._cancels)


class _Watch:
    """Looks out for the next event of a call, and for why there may be none for a long time."""

    def __init__(self, job: Job, lanes: LaneWatch) -> None:
        self._job = job
        self._lanes = lanes
        self._begun_at = monotonic()

    async def next(self, events: AsyncIterator[JobEvent]) -> JobEvent:
        """Return the next event; raises `RefusedError` where the caller would wait in vain."""
        coming = asyncio.ensure_future(anext(events))
        try:
            while not coming.done():
                await asyncio.wait({coming}, timeout=LOOK_S)
                await self._check()
        except BaseException:
            coming.cancel()
            with suppress(BaseException):
                await coming
            raise
        event = coming.result()
        if isinstance(event, Moved):
            self._job = event.job
            await self._check()
        return event

    async def _check(self) -> None:
        job = self._job
        age_s = monotonic() - self._begun_at
        if age_s > LIFETIME_S:
            raise ended(504, f"{job.id} was not done after {LIFETIME_S:g} s: stream it, or submit a batch")
        if job.state not in {JobState.QUEUED, JobState.WAITING}:
            return
        if job.reason == Reason.LANE_PAUSED:
            raise failure_of(job)
        if job.reason in MONEY:
            raise ended(402, f"{MONEY[Reason(job.reason)]}; {job.id} was not started")
        if age_s > PROBE_S:
            await self._lanes.check(model_class(job.model))


async def before_hang_up(http: HttpRequest, work: Coroutine[None, None, T]) -> T:
    """Return what `work` returns; raises `RefusedError`, and cancels `work`, if the caller hangs up."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_hang_up(http))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ended(499, "the caller has hung up")
        return working.result()
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _hang_up(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


async def _end_of(call: CallStream) -> Job:
    async with aclosing(call.events) as events:
        async for event in events:
            if isinstance(event, Ended):
                return event.job
    raise AssertionError("a call's events end with its end")
