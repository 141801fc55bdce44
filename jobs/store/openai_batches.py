"""The openai_batches table: how OpenAI's dialect asked for its batches, refused ones included."""

import builtins
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    false,
    insert,
    select,
    update,
)

from jobs.openai_batch import LineError, OpenAIBatch
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, metadata
from jobs.store.utc_datetime import UtcDateTime

openai_batches = Table(
    "openai_batches",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant", Key, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("input_file_id", Key, nullable=False),
    Column("completion_window", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("metadata", Text),
    Column("output_expires_in_s", Integer),
    Column("model", Text),
    Column("errors", Text),
    Column("is_output_deleted", Boolean, nullable=False, server_default=false()),
    Column("are_errors_deleted", Boolean, nullable=False, server_default=false()),
)

WAS_REFUSED = openai_batches.c.errors.is_not(None)

Index("openai_batches_by_tenant", openai_batches.c.tenant, openai_batches.c.id)
Index(
    "openai_batches_refused",
    openai_batches.c.created_at,
    postgresql_where=WAS_REFUSED,
    sqlite_where=WAS_REFUSED,
)

_ID = bindparam("batch", type_=Key)
_BATCH = select(openai_batches).where(openai_batches.c.id == _ID)
_HIDE_OUTPUT = update(openai_batches).where(openai_batches.c.id == _ID).values(is_output_deleted=True)
_HIDE_ERRORS = update(openai_batches).where(openai_batches.c.id == _ID).values(are_errors_deleted=True)
_OLD_REFUSED = delete(openai_batches).where(
    WAS_REFUSED, openai_batches.c.created_at < bindparam("before", type_=UtcDateTime)
)

_decode_metadata = msgspec.json.Decoder(dict[str, str] | None).decode
_decode_errors = msgspec.json.Decoder(list[LineError]).decode


class OpenAIBatchStore:
    """OpenAI's batches as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, batch: OpenAIBatch) -> None:
        """Insert the row of a new batch, or of a file that was refused."""
        lifetime = batch.output_expires_in
        self._connection.execute(
            insert(openai_batches),
            {
                "id": batch.id,
                "tenant": batch.tenant,
                "endpoint": batch.endpoint,
                "input_file_id": batch.input_file_id,
                "completion_window": batch.completion_window,
                "created_at": batch.created_at,
                "metadata": None if batch.metadata is None else _text(batch.metadata),
                "output_expires_in_s": None if lifetime is None else int(lifetime.total_seconds()),
                "model": batch.model,
                "errors": _text(batch.errors) if batch.errors else None,
            },
        )

    def get(self, batch_id: str, *, tenant: str) -> OpenAIBatch | None:
        """Return the batch, or nothing if there is none or it is another tenant's."""
        row = self._connection.execute(_BATCH, {"batch": batch_id}).one_or_none()
        return _batch_from(row) if row is not None and row.tenant == tenant else None

    def list(self, *, tenant: str, after: str | None = None, limit: int) -> builtins.list[OpenAIBatch]:
        """Return a page of the tenant's batches, newest first; `after` ended the page before."""
        query = select(openai_batches).where(openai_batches.c.tenant == tenant)
        if after is not None:
            query = query.where(openai_batches.c.id < after)
        query = query.order_by(openai_batches.c.id.desc()).limit(limit)
        return [_batch_from(row) for row in self._connection.execute(query)]

    def hide_output(self, batch_id: str) -> None:
        """Note that the caller has deleted the output file; the results themselves stay."""
        self._connection.execute(_HIDE_OUTPUT, {"batch": batch_id})

    def hide_errors(self, batch_id: str) -> None:
        """Note that the caller has deleted the error file; the results themselves stay."""
        self._connection.execute(_HIDE_ERRORS, {"batch": batch_id})

    def delete_refused(self, *, before: datetime) -> int:
        """Delete what was refused before then; return how many."""
        return self._connection.execute(_OLD_REFUSED, {"before": before}).rowcount


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _batch_from(row: AnyRow) -> OpenAIBatch:
    lifetime: Any = row.output_expires_in_s
    return OpenAIBatch(
        id=row.id,
        tenant=row.tenant,
        endpoint=row.endpoint,
        input_file_id=row.input_file_id,
        completion_window=row.completion_window,
        created_at=row.created_at,
        metadata=_decode_metadata(row.metadata or "null"),
        output_expires_in=None if lifetime is None else timedelta(seconds=lifetime),
        model=row.model,
        errors=_decode_errors(row.errors or "[]"),
        is_output_deleted=row.is_output_deleted,
        are_errors_deleted=row.are_errors_deleted,
    )
