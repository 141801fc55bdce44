"""The chunks table: streamed answers, piece by piece."""

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, Integer, Select, and_, bindparam, case, select

from jobs.chunk import ChunkPosition, NewChunk, Progress
from jobs.job import JobState
from jobs.store.grouped import GroupedSelect, Value, insert_new
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, chunks, jobs

_SINCE = (
    select(chunks)
    .where(
        chunks.c.job_id == bindparam("job", type_=Key),
        chunks.c.attempt == bindparam("of_attempt"),
        chunks.c.seq > bindparam("since"),
    )
    .order_by(chunks.c.seq)
    .limit(bindparam("limit"))
)


def _progress(given: Value) -> Select[Any]:
    """Select what there is for each position: the job, and its next chunks, which count up without a gap."""
    since = case((given("of_attempt") == jobs.c.attempt, given("since")), else_=0)
    position = (given(name).label(name) for name in ("job", "of_attempt", "since"))
    at = (
        select(*position, jobs.c.state, jobs.c.reason, jobs.c.attempt, since.label("last"))
        .where(jobs.c.id == given("job"))
        .subquery("at")
    )
    are_next = and_(
        chunks.c.job_id == at.c.job,
        chunks.c.attempt == at.c.attempt,
        chunks.c.seq > at.c.last,
        chunks.c.seq <= at.c.last + bindparam("most", type_=Integer),
    )
    known = (at.c[name] for name in ("job", "of_attempt", "since", "state", "reason", "attempt"))
    return select(*known, chunks.c.seq, chunks.c.data).select_from(at).outerjoin(chunks, are_next)


_PROGRESS = GroupedSelect({"job": Key, "of_attempt": Integer(), "since": Integer()}, _progress)


_Row: TypeAlias = tuple[str, int, int, JobState, str | None, int, int | None, str | None]
_decode = msgspec.json.Decoder(list[_Row]).decode


class ChunkStore:
    """The chunks as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def append_many(self, new_chunks: Sequence[NewChunk]) -> None:
        """Insert chunks, passing over those that are there already: a group may be written again."""
        if new_chunks:
            insert_new(
                self._connection,
                chunks,
                [
                    {"job_id": each.job_id, "attempt": each.attempt, "seq": each.seq, "data": each.data}
                    for each in new_chunks
                ],
            )

    def read_since(self, job_id: str, attempt: int, seq: int, limit: int) -> list[NewChunk]:
        """Return up to `limit` chunks of the attempt that follow number `seq`, in their order."""
        parameters = {"job": job_id, "of_attempt": attempt, "since": seq, "limit": limit}
        return [_chunk(row) for row in self._connection.execute(_SINCE, parameters)]

    def progress_of(
        self, positions: Collection[ChunkPosition], *, most: int
    ) -> dict[ChunkPosition, Progress]:
        """Return how far the jobs have come, with up to `most` chunks each; all are of one moment."""
        asked = [{"job": each.job_id, "of_attempt": each.attempt, "since": each.seq} for each in positions]
        found: dict[ChunkPosition, Progress] = {}
        packed = _PROGRESS.execute_packed(self._connection, asked, most=most)
        for job_id, of_attempt, since, state, reason, attempt, seq, data in _decode(packed):
            position = ChunkPosition(job_id, of_attempt, since)
            progress = found.get(position)
            if progress is None:
                progress = found[position] = Progress(state, reason, attempt)
            if seq is not None and data is not None:
                progress.pieces.append((seq, data))
        for each in found.values():
            each.pieces.sort()
        return found


def _chunk(row: AnyRow) -> NewChunk:
    return NewChunk(job_id=row.job_id, attempt=row.attempt, seq=row.seq, data=row.data)
