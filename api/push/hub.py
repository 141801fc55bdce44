"""Followers of jobs and batches: woken by the broker's news, and by a slow poll where the broker is away."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from functools import partial
from typing import Self, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.push.events import BatchEvent, BatchMoved, Ended, JobEvent, Moved, Pieces, Position, Quiet, Reset
from api.push.glances import Glance, Wish, read_batches, read_jobs
from api.push.grouped import Grouped
from jobs.errors import NotFoundError, StoreUnavailableError
from jobs.job import Job
from jobs.news import CHANNEL, NewsItem
from jobs.settings import redis_py_url
from jobs.store.store import Store

POLL_S = 1.0  # for news that got lost
QUIET_S = 15.0
RECONNECT_S = 1.0
PACE_S = 0.25  # between two looks at a batch: its counts change with every job
START = Position()

Asked = TypeVar("Asked")
Seen = TypeVar("Seen")

_decode_events = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_news = msgspec.json.Decoder(NewsItem).decode


class Hub:
    """One per process, on one connection to the broker; nothing is kept in memory for a follower."""

    def __init__(self, *, store: Store, redis_url: str) -> None:
        self._redis_url = redis_py_url(redis_url)
        self._jobs = Grouped(partial(read_jobs, store))
        self._batches = Grouped(partial(read_batches, store))
        self._followers: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def ended(self, job_id: str, *, timeout_s: float) -> bool:
        """Return whether the job has ended, as soon as it has, or once `timeout_s` is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self.follow(job_id) as events:
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
        self, job_id: str, *, after: Position | None = None
    ) -> AsyncIterator[AsyncIterator[JobEvent]]:
        """Give the job's events from `after` on, the last of which is `Ended`.

        They raise `NotFoundError` if there is no such job, or no longer.
        """
        with self._follower(job_id) as woken:
            async with aclosing(self._events(job_id, after or START, woken)) as events:
                yield events

    @asynccontextmanager
    async def watch(self, batch_id: str) -> AsyncIterator[AsyncIterator[BatchEvent]]:
        """Give the batch as it stands, then again whenever it has changed; the last time when it has ended.

        Its events raise `NotFoundError` if there is no such batch, or no longer.
        """
        with self._follower(batch_id) as woken:
            async with aclosing(self._moves(batch_id, woken)) as events:
                yield events

    @contextmanager
    def _follower(self, followed_id: str) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        self._followers[followed_id].add(woken)
        try:
            yield woken
        finally:
            self._followers[followed_id].discard(woken)
            if not self._followers[followed_id]:
                del self._followers[followed_id]

    async def _events(
        self, job_id: str, position: Position, woken: asyncio.Event
    ) -> AsyncGenerator[JobEvent]:
        seen = None
        silence = _Silence()
        while True:
            woken.clear()
            glance = await _patiently(self._jobs, Wish(job_id, position))
            if glance is None:
                raise NotFoundError(f"there is no job {job_id!r}")
            for event in _told(glance, position):
                yield event
            job = glance.job
            position = _position(job, glance, position)
            if not glance.is_all:
                continue
            if job.state.is_final:
                yield Ended(job)
                return
            if (job.state, job.reason) != seen:
                seen = (job.state, job.reason)
                yield Moved(job)
            if await silence.lasts(woken, is_broken=bool(glance.chunks)):
                yield Quiet()

    async def _moves(self, batch_id: str, woken: asyncio.Event) -> AsyncGenerator[BatchEvent]:
        seen = None
        silence = _Silence()
        while True:
            woken.clear()
            batch = await _patiently(self._batches, batch_id)
            if batch is None:
                raise NotFoundError(f"there is no batch {batch_id!r}")
            is_news = batch != seen
            if is_news:
                seen = batch
                yield BatchMoved(batch)
            if batch.ended_at is not None:
                return
            looked_at = asyncio.get_running_loop().time()
            if await silence.lasts(woken, is_broken=is_news):
                yield Quiet()
            await asyncio.sleep(looked_at + PACE_S - asyncio.get_running_loop().time())

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
            for changed_id in (*news.jobs, *news.batches):
                for woken in self._followers.get(changed_id, ()):
                    woken.set()


class _Silence:
    """How long a follower has had nothing to be told."""

    def __init__(self) -> None:
        self._s = 0.0

    async def lasts(self, woken: asyncio.Event, *, is_broken: bool) -> bool:
        """Wait for news, a poll's time at most; return whether it is time for a sign of life."""
        if is_broken:
            self._s = 0.0
        try:
            async with asyncio.timeout(POLL_S):
                await woken.wait()
        except TimeoutError:
            self._s += POLL_S
        if self._s < QUIET_S:
            return False
        self._s = 0.0
        return True


async def _patiently(looks: Grouped[Asked, Seen], asked: Asked) -> Seen:
    while True:
        try:
            return await looks.look(asked)
        except StoreUnavailableError:
            await asyncio.sleep(POLL_S)  # a follower outlasts a restart of the database


def _told(glance: Glance, position: Position) -> Iterator[JobEvent]:
    if position.attempt not in {0, glance.job.attempt}:
        yield Reset(glance.job.attempt)
    for chunk in glance.chunks:
        yield Pieces(chunk.attempt, chunk.seq, [bytes(raw).decode() for raw in _decode_events(chunk.data)])


def _position(job: Job, glance: Glance, position: Position) -> Position:
    if glance.chunks:
        return Position(job.attempt, glance.chunks[-1].seq)
    return position if position.attempt == job.attempt else Position(job.attempt)
