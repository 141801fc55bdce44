"""The endings table: for each batch, the jobs that each transaction has ended.

One row for a whole group costs next to nothing, where an index in this order would cost every job.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, Integer, bindparam, func, insert, select

from jobs.ending import EndedJob, EndingPosition, Endings
from jobs.job import JobState
from jobs.store.dialects import is_among
from jobs.store.grouped import GroupedSelect
from jobs.store.rows import AnyRow
from jobs.store.tables import Bulk, Key, endings, jobs

MOST_JOBS = 500  # in one row

Ended = tuple[str, JobState]
"""A job's id, and how it ended."""

_BATCH = bindparam("batch", type_=Key)
_APPEND = insert(endings).from_select(
    ["batch_id", "seq", "jobs"],
    select(_BATCH, func.coalesce(func.max(endings.c.seq), 0) + 1, bindparam("ended", type_=Bulk)).where(
        endings.c.batch_id == _BATCH
    ),
)
_SINCE_EACH = GroupedSelect(
    {"batch": Key, "since": Integer()},
    lambda given: select(endings, given("since").label("since")).where(
        endings.c.batch_id == given("batch"),
        endings.c.seq > given("since"),
        endings.c.seq <= given("since") + bindparam("most", type_=Integer),
    ),
)
_NAMES = select(jobs.c.id, jobs.c.custom_id).where(is_among(jobs.c.id))
_decode = msgspec.json.Decoder(list[Ended]).decode


class EndingStore:
    """The endings as one transaction sees them; they are written by the moves that end jobs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_many(
        self, positions: Sequence[EndingPosition], *, most: int
    ) -> dict[EndingPosition, list[Endings]]:
        """Return the endings that follow each position, up to `most` of each, in their order."""
        asked = [{"batch": each.batch_id, "since": each.seq} for each in set(positions)]
        rows = sorted(_SINCE_EACH.execute(self._connection, asked, most=most), key=lambda row: row.seq)
        names = self._names(rows)
        found: dict[EndingPosition, list[Endings]] = {}
        for row in rows:
            ended = [
                EndedJob(id=job_id, custom_id=names.get(job_id), state=state)
                for job_id, state in _decode(row.jobs)
            ]
            position = EndingPosition(batch_id=row.batch_id, seq=row.since)
            found.setdefault(position, []).append(Endings(seq=row.seq, jobs=ended))
        return found

    def _names(self, rows: Sequence[AnyRow]) -> Mapping[str, str | None]:
        ids = {job_id for row in rows for job_id, _ in _decode(row.jobs)}
        named = self._connection.execute(_NAMES, {"ids": sorted(ids)}) if ids else ()
        return {row.id: row.custom_id for row in named}


def append_endings(connection: Connection, ended: Mapping[str, Sequence[Ended]]) -> None:
    """Note what ended, by batch id; the caller holds the batches' locks, so that numbers follow commits."""
    rows = list(_rows(ended))
    if rows:
        connection.execute(_APPEND, rows)


def _rows(ended: Mapping[str, Sequence[Ended]]) -> Iterator[Mapping[str, str]]:
    for batch_id, ends in ended.items():
        for start in range(0, len(ends), MOST_JOBS):
            ended_jobs = msgspec.json.encode(ends[start : start + MOST_JOBS]).decode()
            yield {"batch": batch_id, "ended": ended_jobs}
