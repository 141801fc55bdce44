"""What followed jobs and batches are like at one moment: one query for each table, for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.push.events import Position
from jobs.batch import Batch
from jobs.chunk import ChunkPosition, NewChunk
from jobs.job import Job
from jobs.store.store import Store

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
class Wish:
    """A follower's: the job, and the chunks that follow a position."""

    job_id: str
    after: Position


def read_jobs(store: Store, wishes: Sequence[Wish]) -> list[Glance | None]:
    """Return a glance for each of `wishes`, nothing where the job is gone; raises `StoreUnavailableError`."""
    with store.read() as tx:
        # The jobs first: chunks are committed before their job's end, or with it.
        jobs = tx.jobs.get_many([wish.job_id for wish in wishes])
        positions = [_position(jobs.get(wish.job_id), wish) for wish in wishes]
        chunks = tx.chunks.read_many([each for each in positions if each is not None], most=MOST_CHUNKS)
    glances: list[Glance | None] = []
    for wish, position in zip(wishes, positions, strict=True):
        job = jobs.get(wish.job_id)
        if job is None:
            glances.append(None)
        elif position is None:
            glances.append(Glance(job, [], is_all=True))
        else:
            found = chunks.get(position, [])
            is_all = not found or found[-1].seq < position.seq + MOST_CHUNKS
            glances.append(Glance(job, found, is_all=is_all))
    return glances


def read_batches(store: Store, batch_ids: Sequence[str]) -> list[Batch | None]:
    """Return the batches as they stand, nothing where one is gone; raises `StoreUnavailableError`."""
    with store.read() as tx:
        batches = tx.batches.get_many(list(set(batch_ids)))
    return [batches.get(batch_id) for batch_id in batch_ids]


def _position(job: Job | None, wish: Wish) -> ChunkPosition | None:
    """Return where the chunks are read from; nothing where there can be none."""
    if job is None or not job.stream or not job.attempt:
        return None
    seq = wish.after.seq if wish.after.attempt == job.attempt else 0
    return ChunkPosition(job_id=job.id, attempt=job.attempt, seq=seq)
