"""Followers of jobs and batches: woken by the broker's news, and by a slow poll where the broker is away."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from functools import partial
from typing import Self

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.push.events import (
    BatchEvent,
    BatchMoved,
    Ended,
    JobEvent,
    JobsEnded,
    Moved,
    Pieces,
    Position,
    Quiet,
    Reset,
)
from api.push.glances import BatchGlance, BatchWish, Glance, Gone, Wish, read_batches, read_jobs
from api.push.watch import Follower, Watch
from jobs.errors import NotFoundError
from jobs.job import JobState
from jobs.news import CHANNEL, NewsItem
from jobs.settings import redis_py_url
from jobs.store.store import Store

QUIET_S = 15.0
RECONNECT_S = 1.0
PACE_S = 0.25  # between two looks at a batch: its counts change with every job
LOOKING = 2
"""Threads that look; they are the hub's own, so that pushing does not wait behind other calls."""
START = Position()

_decode_news = msgspec.json.Decoder(NewsItem).decode


class Hub:
    """One per process, on one connection to the broker; nothing is kept in memory for a follower."""

    def __init__(self, *, store: Store, redis_url: str) -> None:
        self._redis_url = redis_py_url(redis_url)
        self._threads = ThreadPoolExecutor(LOOKING, thread_name_prefix="push")
        self._jobs: Watch[Wish, Glance | Gone] = Watch(partial(read_jobs, store), self._threads)
        self._batches: Watch[BatchWish, BatchGlance | Gone] = Watch(
            partial(read_batches, store), self._threads
        )
        self._running = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for work in (self._listen(), self._jobs.run(), self._batches.run()):
            self._running.push_async_callback(_stop, asyncio.create_task(work))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.aclose()
        self._threads.shutdown(wait=False)

    async def ended(self, job_id: str, *, timeout_s: float) -> bool:
        """Return whether the job has ended, as soon as it has, or once `timeout_s` is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self.follow(job_id, pieces=False) as events:
                async for event in events:
                    if isinstance(event, Ended):
                        return True
        return False

    async def batch_ended(self, batch_id: str, *, timeout_s: float) -> bool:
        """Return whether the batch has ended, as soon as it has, or once `timeout_s` is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self.watch(batch_id) as events:
                async for event in events:
                    if isinstance(event, BatchMoved) and event.batch.ended_at is not None:
                        return True
        return False

    @asynccontextmanager
    async def follow(
        self,
        job_id: str,
        *,
        after: Position = START,
        pieces: bool = True,
        quiet_s: float = QUIET_S,
        is_new: bool = False,
    ) -> AsyncIterator[AsyncIterator[JobEvent]]:
        """Give the job's events from `after` on, the last of which is `Ended`; its `Pieces` only if wanted.

        `Quiet` comes after so many seconds without another. They raise `NotFoundError` if there is no
        such job, or no longer. A job that `is_new` will be queued before its events are asked for, and
        that is not told.
        """
        seen = (JobState.QUEUED, None) if is_new else None
        position = after if pieces else None
        with self._jobs.follower(job_id, is_new=is_new) as follower:
            async with aclosing(self._events(job_id, position, seen, follower, quiet_s)) as events:
                yield events

    @asynccontextmanager
    async def watch(
        self, batch_id: str, *, after: int | None = None, quiet_s: float = QUIET_S
    ) -> AsyncIterator[AsyncIterator[BatchEvent]]:
        """Give the batch as it stands, then again whenever it has changed; the last time when it has ended.

        With `after` also the endings of its jobs that follow that number. `Quiet` and `NotFoundError` as
        for a job.
        """
        with self._batches.follower(batch_id) as follower:
            async with aclosing(self._moves(batch_id, after, follower, quiet_s)) as events:
                yield events

    async def _events(
        self,
        job_id: str,
        position: Position | None,
        seen: tuple[JobState, str | None] | None,
        follower: Follower[Wish, Glance | Gone],
        quiet_s: float,
    ) -> AsyncGenerator[JobEvent]:
        is_all = seen is not None
        loop = asyncio.get_running_loop()
        while True:
            wish = Wish(job_id, position, seen)
            glance = await self._jobs.next(follower, wish, until=loop.time() + quiet_s, at_once=not is_all)
            if glance is None:
                yield Quiet()
                continue
            if isinstance(glance, Gone):
                raise NotFoundError(f"there is no job {job_id!r}")
            if position is not None:
                for event in _told(glance, position):
                    yield event
                position = _position(glance, position)
            is_all = glance.is_all
            if glance.job is not None:
                if glance.job.state.is_final:
                    yield Ended(glance.job)
                    return
                seen = (glance.job.state, glance.job.reason)
                yield Moved(glance.job)

    async def _moves(
        self,
        batch_id: str,
        after: int | None,
        follower: Follower[BatchWish, BatchGlance | Gone],
        quiet_s: float,
    ) -> AsyncGenerator[BatchEvent]:
        seen, is_all = None, False
        loop = asyncio.get_running_loop()
        while True:
            wish = BatchWish(batch_id, after, seen)
            glance = await self._batches.next(follower, wish, until=loop.time() + quiet_s, at_once=not is_all)
            looked_at = loop.time()
            if glance is None:
                yield Quiet()
                continue
            if isinstance(glance, Gone):
                raise NotFoundError(f"there is no batch {batch_id!r}")
            for endings in glance.endings:
                after = endings.seq
                yield JobsEnded(endings)
            is_all = glance.is_all
            if not is_all:
                continue
            if glance.batch != seen:
                seen = glance.batch
                yield BatchMoved(seen)
            if glance.batch.ended_at is not None:
                return
            await asyncio.sleep(looked_at + PACE_S - loop.time())

    async def _listen(self) -> None:
        while True:
            with suppress(RedisError, OSError):
                async with Redis.from_url(self._redis_url) as redis, redis.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    async for message in channel.listen():
                        self._take(message["data"])
            await asyncio.sleep(RECONNECT_S)

    def _take(self, data: object) -> None:
        if not isinstance(data, bytes):
            return  # the broker's own word on the subscription
        with suppress(msgspec.DecodeError):
            news = _decode_news(data)
            self._jobs.wake(news.jobs)
            self._batches.wake(news.batches)


async def _stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _told(glance: Glance, position: Position) -> Iterator[JobEvent]:
    if position.attempt not in {0, glance.attempt}:
        yield Reset(glance.attempt)
    for seq, data in glance.pieces:
        yield Pieces(glance.attempt, seq, data)


def _position(glance: Glance, position: Position) -> Position:
    if glance.pieces:
        return Position(glance.attempt, glance.pieces[-1][0])
    return position if position.attempt == glance.attempt else Position(glance.attempt)
