"""The chunks table: streamed answers, piece by piece."""

from collections.abc import Sequence

from sqlalchemy import Connection, Integer, bindparam, select

from jobs.chunk import ChunkPosition, NewChunk
from jobs.store.dialects import GroupedSelect, insert_new
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, chunks

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

_SINCE_EACH = GroupedSelect(
    {"job": Key, "of_attempt": Integer(), "since": Integer()},
    lambda given: select(chunks, given("since").label("since")).where(
        chunks.c.job_id == given("job"),
        chunks.c.attempt == given("of_attempt"),
        chunks.c.seq > given("since"),
        chunks.c.seq <= given("since") + bindparam("most", type_=Integer),  # they count up without a gap
    ),
)


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

    def read_many(
        self, positions: Sequence[ChunkPosition], *, most: int
    ) -> dict[ChunkPosition, list[NewChunk]]:
        """Return the chunks that follow each position, up to `most` of each, in their order."""
        asked = [
            {"job": each.job_id, "of_attempt": each.attempt, "since": each.seq} for each in set(positions)
        ]
        found: dict[ChunkPosition, list[NewChunk]] = {}
        for row in _SINCE_EACH.execute(self._connection, asked, most=most):
            position = ChunkPosition(job_id=row.job_id, attempt=row.attempt, seq=row.since)
            found.setdefault(position, []).append(_chunk(row))
        for each in found.values():
            each.sort(key=lambda chunk: chunk.seq)
        return found


def _chunk(row: AnyRow) -> NewChunk:
    return NewChunk(job_id=row.job_id, attempt=row.attempt, seq=row.seq, data=row.data)
