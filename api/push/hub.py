"""Followers of jobs: woken by the broker's news, and by a slow poll where the broker is away."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Self

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.push.events import Ended, JobEvent, Moved, Pieces, Position, Quiet, Reset
from api.push.glances import Glance, Glances
from jobs.errors import StoreUnavailableError
from jobs.job import Job
from jobs.news import CHANNEL, NewsItem
from jobs.settings import redis_py_url
from jobs.store.store import Store

POLL_S = 1.0  # for news that got lost
QUIET_S = 15.0
RECONNECT_S = 1.0
START = Position()

_decode_events = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_news = msgspec.json.Decoder(NewsItem).decode


class Hub:
    """One per process, on one connection to the broker; nothing is kept in memory for a follower."""

    def __init__(self, *, store: Store, redis_url: str) -> None:
        self._redis_url = redis_py_url(redis_url)
        self._glances = Glances(store)
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

    @asynccontextmanager
    async def follow(
        self, job_id: str, *, after: Position | None = None
    ) -> AsyncIterator[AsyncIterator[JobEvent]]:
        """Give the job's events from `after` on, the last of which is `Ended`.

        They raise `NotFoundError` if there is no such job, or no longer.
        """
        woken = asyncio.Event()
        self._followers[job_id].add(woken)
        try:
            async with aclosing(self._events(job_id, after or START, woken)) as events:
                yield events
        finally:
            self._followers[job_id].discard(woken)
            if not self._followers[job_id]:
                del self._followers[job_id]

    async def _events(
        self, job_id: str, position: Position, woken: asyncio.Event
    ) -> AsyncGenerator[JobEvent]:
        seen = None
        silent_s = 0.0
        while True:
            woken.clear()
            glance = await self._look(job_id, position)
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
            silent_s = 0.0 if glance.chunks else silent_s
            if not await _happens(woken, POLL_S):
                silent_s += POLL_S
            if silent_s >= QUIET_S:
                silent_s = 0.0
                yield Quiet()

    async def _look(self, job_id: str, position: Position) -> Glance:
        while True:
            try:
                return await self._glances.look(job_id, position)
            except StoreUnavailableError:
                await asyncio.sleep(POLL_S)  # a follower outlasts a restart of the database

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
            for job_id in _decode_news(data).jobs:
                for woken in self._followers.get(job_id, ()):
                    woken.set()


def _told(glance: Glance, position: Position) -> Iterator[JobEvent]:
    if position.attempt not in {0, glance.job.attempt}:
        yield Reset(glance.job.attempt)
    for chunk in glance.chunks:
        yield Pieces(chunk.attempt, chunk.seq, [bytes(raw).decode() for raw in _decode_events(chunk.data)])


def _position(job: Job, glance: Glance, position: Position) -> Position:
    if glance.chunks:
        return Position(job.attempt, glance.chunks[-1].seq)
    return position if position.attempt == job.attempt else Position(job.attempt)


async def _happens(event: asyncio.Event, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            return await event.wait()
    except TimeoutError:
        return False
