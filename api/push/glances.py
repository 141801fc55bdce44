"""What is new of followed jobs and batches: a query or two for all of them, however many follow."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.push.events import Position
from jobs.batch import Batch
from jobs.chunk import ChunkPosition, Progress
from jobs.ending import EndingPosition, Endings
from jobs.job import Job
from jobs.store.store import Store

MOST_CHUNKS = 20  # in one look: what a follower has not read yet stays in SQL
MOST_ENDINGS = 10


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no such job or batch, or no longer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A follower's: the job, the chunk it has read last, and the state and reason that it knows of."""

    job_id: str
    after: Position | None
    """None if it does not want the chunks."""
    seen: tuple[str, str | None] | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What is new of a job."""

    attempt: int
    pieces: list[tuple[int, str]]
    """Number and data of the next chunks of that attempt."""
    job: Job | None
    """The job, if it has moved and all its chunks so far are told."""
    is_all: bool
    """Whether that is all for now."""


@dataclass(frozen=True, slots=True)
class BatchWish:
    """A follower's: the batch, how it knows it, and the number whose followers it wants, if any endings."""

    batch_id: str
    after: int | None
    seen: Batch | None


@dataclass(frozen=True, slots=True)
class BatchGlance:
    """What is new of a batch."""

    batch: Batch
    endings: list[Endings]
    """The next ones."""
    is_all: bool
    """Whether there are no more endings for now."""


def read_jobs(store: Store, wishes: Sequence[Wish]) -> list[Glance | Gone | None]:
    """Return what is new for each of `wishes`, None where nothing is; raises `StoreUnavailableError`."""
    places = [_place(wish) for wish in wishes]
    with store.read() as tx:
        # In one statement, as chunks are committed before their job's end, or with it.
        found = tx.chunks.progress_of({place for place in places if place is not None}, most=MOST_CHUNKS)
        wanted = {
            wish.job_id
            for wish, place in zip(wishes, places, strict=True)
            if place is None or (place in found and _has_moved(found[place], wish))
        }
        jobs = tx.jobs.get_many(wanted)
    return [
        _bare_glance(wish, jobs.get(wish.job_id))
        if place is None
        else _glance(wish, place.attempt, found.get(place), jobs.get(wish.job_id))
        for wish, place in zip(wishes, places, strict=True)
    ]


def _place(wish: Wish) -> ChunkPosition | None:
    after = wish.after
    return None if after is None else ChunkPosition(wish.job_id, after.attempt, after.seq)


def _has_moved(progress: Progress, wish: Wish) -> bool:
    return len(progress.pieces) < MOST_CHUNKS and (progress.state, progress.reason) != wish.seen


def _bare_glance(wish: Wish, job: Job | None) -> Glance | Gone | None:
    """Return what is new for one who does not want the chunks."""
    if job is None:
        return Gone()
    return None if (job.state, job.reason) == wish.seen else Glance(job.attempt, [], job, is_all=True)


def _glance(wish: Wish, attempt: int, progress: Progress | None, job: Job | None) -> Glance | Gone | None:
    """Return what is new for one who has read chunks of `attempt`, or none yet of any."""
    if progress is None:
        return Gone()
    is_all = len(progress.pieces) < MOST_CHUNKS
    if not _has_moved(progress, wish):
        job = None
        if is_all and not progress.pieces and attempt in {0, progress.attempt}:
            return None
    elif job is None or (job.state, job.reason, job.attempt) != _stand(progress):
        job, is_all = None, False  # it went on in between, and there may be other chunks
    return Glance(progress.attempt, progress.pieces, job, is_all=is_all)


def _stand(progress: Progress) -> tuple[str, str | None, int]:
    return progress.state, progress.reason, progress.attempt


def read_batches(store: Store, wishes: Sequence[BatchWish]) -> list[BatchGlance | Gone | None]:
    """Return what is new for each of `wishes`, None where nothing is; raises `StoreUnavailableError`."""
    positions = [_ending_position(wish) for wish in wishes]
    with store.read() as tx:
        # The batches first: their end is committed with the last of the endings.
        batches = tx.batches.get_many(list({wish.batch_id for wish in wishes}))
        endings = tx.endings.read_many([each for each in positions if each is not None], most=MOST_ENDINGS)
    return [
        _batch_glance(wish, batches.get(wish.batch_id), endings.get(position, []) if position else [])
        for wish, position in zip(wishes, positions, strict=True)
    ]


def _batch_glance(wish: BatchWish, batch: Batch | None, endings: list[Endings]) -> BatchGlance | Gone | None:
    if batch is None:
        return Gone()
    if not endings and batch == wish.seen:
        return None
    return BatchGlance(batch, endings, is_all=len(endings) < MOST_ENDINGS)


def _ending_position(wish: BatchWish) -> EndingPosition | None:
    return None if wish.after is None else EndingPosition(batch_id=wish.batch_id, seq=wish.after)
