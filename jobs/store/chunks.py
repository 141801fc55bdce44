"""The chunks table: streamed answers, piece by piece."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from jobs.chunk import NewChunk
from jobs.store.dialects import insert_new
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
        rows = self._connection.execute(_SINCE, parameters)
        return [NewChunk(job_id=row.job_id, attempt=row.attempt, seq=row.seq, data=row.data) for row in rows]
