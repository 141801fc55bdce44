"""Events on their way to a follower, framed as server-sent events that can be resumed by their ids."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from api.errors import MalformedRequestError
from api.native.views import view_batch, view_job
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
from api.push.hub import START
from api.results import on_one_line
from jobs.errors import NotFoundError

T = TypeVar("T")
EVENT_STREAM = "text/event-stream; charset=utf-8"
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
QUIET = b": quiet\n\n"
"""Keeps the way open while nothing comes; no client sees it."""
COME_BACK = b"retry: 100\n\n"
"""Says that the connection has had its time, and that the stream goes on when asked again."""
PLACE = re.compile(r"(\d{1,9})\.(\d{1,9})(\.ended)?", re.ASCII)
BATCH_PLACE = re.compile(r"(\d{1,9})(\.ended)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a follower of a job was when it was cut off, as its `Last-Event-ID` says."""

    position: Position = START
    knows_end: bool = False


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """The same of a batch."""

    seq: int = 0
    knows_end: bool = False


def place_of(last_event_id: str | None) -> Place:
    """Return the place that a `Last-Event-ID` names; raises `MalformedRequestError`."""
    if not last_event_id:
        return Place()
    found = PLACE.fullmatch(last_event_id)
    if found is None:
        raise MalformedRequestError(
            f"last-event-id must be the id of an event of this job, as 1.7, not {last_event_id[:40]!r}"
        )
    return Place(Position(int(found[1]), int(found[2])), knows_end=found[3] is not None)


def batch_place_of(last_event_id: str | None) -> BatchPlace:
    """Return the place that a `Last-Event-ID` of a batch names; raises `MalformedRequestError`."""
    if not last_event_id:
        return BatchPlace()
    found = BATCH_PLACE.fullmatch(last_event_id)
    if found is None:
        raise MalformedRequestError(
            f"last-event-id must be the id of an event of this batch, as 7, not {last_event_id[:40]!r}"
        )
    return BatchPlace(int(found[1]), knows_end=found[2] is not None)


async def job_frames(
    following: AbstractAsyncContextManager[AsyncIterator[JobEvent]], position: Position
) -> AsyncGenerator[bytes]:
    """Yield a job's events, framed; they stop short where the job is deleted."""
    with suppress(NotFoundError):
        async with following as events:
            async for event in events:
                if isinstance(event, Pieces):
                    position = Position(event.attempt, event.seq)
                elif isinstance(event, Reset):
                    position = Position(event.attempt)
                yield _job_frame(event, position)


def _job_frame(event: JobEvent, position: Position) -> bytes:
    place = f"{position.attempt}.{position.seq}"
    match event:
        case Pieces(data=data):
            return f"event: chunk\nid: {place}\ndata: {on_one_line(data)}\n\n".encode()
        case Reset(attempt=attempt):
            return _frame("reset", msgspec.json.encode({"attempt": attempt}), place)
        case Moved(job=job):
            return _frame("state", msgspec.json.encode(view_job(job)))
        case Ended(job=job):
            return _frame("ended", msgspec.json.encode(view_job(job)), f"{place}.ended")
        case Quiet():
            return QUIET


async def batch_frames(
    watching: AbstractAsyncContextManager[AsyncIterator[BatchEvent]], seq: int
) -> AsyncGenerator[bytes]:
    """Yield a batch's events, framed; they stop short where the batch is deleted."""
    with suppress(NotFoundError):
        async with watching as events:
            async for event in events:
                if isinstance(event, JobsEnded):
                    seq = event.endings.seq
                yield _batch_frame(event, seq)


def _batch_frame(event: BatchEvent, seq: int) -> bytes:
    match event:
        case JobsEnded(endings=endings):
            return _frame("jobs", msgspec.json.encode(endings.jobs), str(seq))
        case BatchMoved(batch=batch) if batch.ended_at is not None:
            return _frame("ended", msgspec.json.encode(view_batch(batch)), f"{seq}.ended")
        case BatchMoved(batch=batch):
            return _frame("progress", msgspec.json.encode(view_batch(batch)))
        case Quiet():
            return QUIET


async def for_a_lifetime(frames: AsyncGenerator[bytes], lifetime_s: float) -> AsyncGenerator[bytes]:
    """Yield `frames` until the first after `lifetime_s`, then the hint to come back.

    There is no timer for each follower: while nothing happens, a quiet frame comes now and then.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + lifetime_s
    async with aclosing(frames):
        async for frame in frames:
            yield frame
            if loop.time() >= end:
                yield COME_BACK
                return


def _frame(event: str, data: bytes, event_id: str | None = None) -> bytes:
    named = f"id: {event_id}\n" if event_id else ""
    return f"event: {event}\n{named}data: {on_one_line(data.decode())}\n\n".encode()
