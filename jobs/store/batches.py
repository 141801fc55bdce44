"""The batches table."""

import builtins
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Double, Select, bindparam, func, insert, select, update

from jobs.batch import Batch, NewBatch
from jobs.errors import ConflictError, NotFoundError
from jobs.job import JobState
from jobs.store import deletion
from jobs.store.dialects import is_among
from jobs.store.rows import AnyRow, batch_from
from jobs.store.tables import Key, batches, is_in, jobs

_BATCH = select(batches).where(batches.c.id == bindparam("batch", type_=Key))
_SET_MAX_COST = (
    update(batches)
    .where(batches.c.id == bindparam("batch", type_=Key), batches.c.ended_at.is_(None))
    .values(max_cost=bindparam("new_max_cost", type_=Double))
    .returning(batches.c.id)
)
_BATCHES = select(batches).where(is_among(batches.c.id))
_LIVE_COUNTS = (
    select(jobs.c.batch_id, jobs.c.state, func.count().label("jobs"))
    .where(is_among(jobs.c.batch_id), is_in(JobState.WAITING, JobState.RUNNING))
    .group_by(jobs.c.batch_id, jobs.c.state)
)


class BatchStore:
    """The batches as one transaction sees them; their counters are kept by the moves of their jobs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, batch: NewBatch) -> None:
        """Insert the batch; its jobs belong into the same transaction."""
        self._connection.execute(
            insert(batches),
            {
                "id": batch.id,
                "id_prefix": batch.id.removesuffix(_serial(batch.id)),
                "serial": _serial(batch.id),
                "tenant": batch.tenant,
                "dialect": batch.dialect.value,
                "name": batch.name,
                "total": batch.total,
                "max_cost": batch.max_cost,
                "webhook": batch.webhook,
                "created_at": batch.created_at,
                "expires_at": batch.expires_at,
                "ended_at": None if batch.total else batch.created_at,
            },
        )

    def get(self, batch_id: str, *, tenant: str | None = None) -> Batch | None:
        """Return the batch as it stands, or nothing if there is none or, with `tenant`, it is another's."""
        row = self._connection.execute(_BATCH, {"batch": batch_id}).one_or_none()
        if row is None or tenant not in {None, row.tenant}:
            return None
        return self._with_counts([row])[0]

    def get_many(self, batch_ids: Sequence[str]) -> dict[str, Batch]:
        """Return those of the batches that there are, by id."""
        rows = self._connection.execute(_BATCHES, {"ids": [*batch_ids]}).all() if batch_ids else []
        return {batch.id: batch for batch in self._with_counts(rows)}

    def list(
        self,
        *,
        tenant: str,
        after: str | None = None,
        before: str | None = None,
        limit: int,
        id_prefix: str | None = None,
    ) -> builtins.list[Batch]:
        """Return a page of the tenant's batches, newest first.

        `after` is the last id of the page before, `before` the first id of the page after; with
        `id_prefix` only batches whose id starts so.
        """
        query = _after_and_before(_of(tenant, id_prefix), after, before)
        backwards = before is not None and after is None
        query = query.order_by(batches.c.serial.asc() if backwards else batches.c.serial.desc())
        rows = self._connection.execute(query.limit(limit)).all()
        return self._with_counts(rows[::-1] if backwards else rows)

    def set_max_cost(self, batch_id: str, max_cost: float | None) -> None:
        """Set what the batch may cost in US dollars, None for any amount.

        Raises `NotFoundError`, or `ConflictError` once it has ended. The workers let go what waited, or hold
        what is queued, within a second or so.
        """
        values = {"batch": batch_id, "new_max_cost": max_cost}
        if self._connection.execute(_SET_MAX_COST, values).one_or_none() is None:
            if self._connection.execute(_BATCH, {"batch": batch_id}).one_or_none() is None:
                raise NotFoundError(f"there is no batch {batch_id}")
            raise ConflictError(f"the batch {batch_id} has ended: there is nothing left to spend on")

    def delete(self, batch_id: str) -> None:
        """Delete the batch with its jobs; raises `NotFoundError`, or `ConflictError` before it has ended."""
        row = self._connection.execute(_BATCH, {"batch": batch_id}).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no batch {batch_id}")
        if row.ended_at is None or not deletion.delete_batch(self._connection, batch_id):
            raise ConflictError(
                f"the batch {batch_id} has not ended: cancel it, or wait, before it is deleted"
            )

    def _with_counts(self, rows: Sequence[AnyRow]) -> builtins.list[Batch]:
        live = [row.id for row in rows if row.ended_at is None]
        counts: dict[tuple[str, str], int] = {}
        if live:
            counted = self._connection.execute(_LIVE_COUNTS, {"ids": live})
            counts = {(row.batch_id, row.state): row.jobs for row in counted}
        return [
            batch_from(
                row,
                waiting=counts.get((row.id, JobState.WAITING), 0),
                running=counts.get((row.id, JobState.RUNNING), 0),
            )
            for row in rows
        ]


def _of(tenant: str, id_prefix: str | None) -> Select[Any]:
    query = select(batches).where(batches.c.tenant == tenant)
    if id_prefix is not None:
        query = query.where(batches.c.id_prefix == id_prefix)
    return query


def _after_and_before(query: Select[Any], after: str | None, before: str | None) -> Select[Any]:
    if after is not None:
        query = query.where(batches.c.serial < _serial(after))
    if before is not None:
        query = query.where(batches.c.serial > _serial(before))
    return query


def _serial(batch_id: str) -> str:
    """Return the part of the id that sorts by time, whatever the prefix."""
    return batch_id.rpartition("_")[2]
