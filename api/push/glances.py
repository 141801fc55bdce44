"""Looks at followed jobs, all that are due in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from api.push.events import Position
from jobs.chunk import NewChunk
from jobs.errors import NotFoundError
from jobs.job import Job
from jobs.store.store import Store, Transaction

MOST_AT_ONCE = 200  # looks in one transaction
MOST_CHUNKS = 20  # in one look: what a follower has not read yet stays in SQL


@dataclass(frozen=True, slots=True)
class Glance:
    """A job as it was at one moment."""

    job: Job
    chunks: list[NewChunk]
    """The next ones of its present attempt."""
    is_all: bool
    """Whether there are no more chunks for now."""


@dataclass(frozen=True, slots=True)
class _Asked:
    job_id: str
    after: Position
    answer: "asyncio.Future[Glance]"


class Glances:
    """Takes the wishes of all followers together; while one group is read, the next one gathers."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[_Asked] = []
        self._reading: asyncio.Task[None] | None = None

    async def look(self, job_id: str, after: Position) -> Glance:
        """Return the job and the chunks that follow `after`.

        Raises `NotFoundError` and `StoreUnavailableError`.
        """
        answer: asyncio.Future[Glance] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Asked(job_id, after, answer))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await answer

    async def _read_all(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            try:
                glances = await asyncio.to_thread(self._read, group)
            except Exception as error:  # noqa: BLE001 - it belongs to those who asked
                for asked in group:
                    if not asked.answer.done():
                        asked.answer.set_exception(error)
                continue
            for asked, glance in zip(group, glances, strict=True):
                if not asked.answer.done():
                    _settle(asked, glance)
        self._reading = None

    def _read(self, group: Sequence[_Asked]) -> list[Glance | None]:
        with self._store.read() as tx:
            return [_glance(tx, asked) for asked in group]


def _settle(asked: _Asked, glance: Glance | None) -> None:
    if glance is None:
        asked.answer.set_exception(NotFoundError(f"there is no job {asked.job_id!r}"))
    else:
        asked.answer.set_result(glance)


def _glance(tx: Transaction, asked: _Asked) -> Glance | None:
    # The job first: chunks are committed before its end, or with it.
    job = tx.jobs.get(asked.job_id)
    if job is None:
        return None
    if not job.stream:
        return Glance(job, [], is_all=True)
    seq = asked.after.seq if asked.after.attempt == job.attempt else 0
    chunks = tx.chunks.read_since(job.id, job.attempt, seq, MOST_CHUNKS)
    return Glance(job, chunks, is_all=len(chunks) < MOST_CHUNKS)
