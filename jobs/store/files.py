"""The files table, and the parts in which the content of each file is kept."""

import builtins
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from jobs.file import File, NewFile
from jobs.store.dialects import is_among
from jobs.store.rows import AnyRow
from jobs.store.tables import Key, metadata
from jobs.store.utc_datetime import UtcDateTime

files = Table(
    "files",
    metadata,
    Column("id", Key, primary_key=True),
    Column("tenant", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("purpose", Key, nullable=False),
    Column("size", BigInteger),  # null while the content is arriving
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

file_parts = Table(
    "file_parts",
    metadata,
    Column("file_id", Key, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("file_id", "seq"),
)

IS_WHOLE = files.c.size.is_not(None)

Index("files_by_tenant", files.c.tenant, files.c.id, postgresql_where=IS_WHOLE, sqlite_where=IS_WHOLE)
Index("files_expiring", files.c.expires_at)

_FILE_ID = bindparam("file", type_=Key)
_NOW = bindparam("now", type_=UtcDateTime)
_FILE = select(files).where(files.c.id == _FILE_ID, IS_WHOLE, files.c.expires_at > _NOW)
_PART = select(file_parts.c.data).where(
    file_parts.c.file_id == _FILE_ID, file_parts.c.seq == bindparam("number", type_=Integer)
)
_FINISH = (
    update(files)
    .where(files.c.id == _FILE_ID, files.c.expires_at > _NOW)
    .values(
        name=bindparam("named", type_=Text),
        purpose=bindparam("for_purpose", type_=Key),
        size=bindparam("of_size", type_=BigInteger),
        expires_at=bindparam("until", type_=UtcDateTime),
    )
)
_EXPIRED = (
    select(files.c.id)
    .where(files.c.expires_at <= _NOW)
    .order_by(files.c.expires_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True)
)
_DELETE_PARTS = delete(file_parts).where(is_among(file_parts.c.file_id))
_DELETE = delete(files).where(is_among(files.c.id))


class FileStore:
    """The files as one transaction sees them; one that has expired, or is not whole yet, is not there."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, file: NewFile) -> None:
        """Insert a file whose content is about to arrive."""
        self._connection.execute(insert(files), {**asdict(file), "name": ""})

    def append(self, file_id: str, number: int, data: bytes) -> None:
        """Add the next part of the content; parts are numbered from 0."""
        self._connection.execute(insert(file_parts), {"file_id": file_id, "seq": number, "data": data})

    def finish(
        self, file_id: str, *, name: str, purpose: str, size: int, expires_at: datetime, now: datetime
    ) -> bool:
        """Make the file visible; return False if it was given up meanwhile."""
        values = {
            "file": file_id,
            "named": name,
            "for_purpose": purpose,
            "of_size": size,
            "until": expires_at,
            "now": now,
        }
        return self._connection.execute(_FINISH, values).rowcount == 1

    def get(self, file_id: str, *, tenant: str, now: datetime) -> File | None:
        """Return the file, or nothing if there is none or it is another tenant's."""
        row = self._connection.execute(_FILE, {"file": file_id, "now": now}).one_or_none()
        return _file_from(row) if row is not None and row.tenant == tenant else None

    def list(
        self,
        *,
        tenant: str,
        now: datetime,
        purpose: str | None = None,
        after: str | None = None,
        oldest_first: bool = False,
        limit: int,
    ) -> builtins.list[File]:
        """Return a page of the tenant's files in the order of their ids; `after` ended the page before."""
        query = select(files).where(files.c.tenant == tenant, IS_WHOLE, files.c.expires_at > now)
        if purpose is not None:
            query = query.where(files.c.purpose == purpose)
        if after is not None:
            query = query.where(files.c.id > after if oldest_first else files.c.id < after)
        query = query.order_by(files.c.id.asc() if oldest_first else files.c.id.desc()).limit(limit)
        return [_file_from(row) for row in self._connection.execute(query)]

    def part(self, file_id: str, number: int) -> bytes | None:
        """Return one part of the content, or nothing after the last."""
        row = self._connection.execute(_PART, {"file": file_id, "number": number}).one_or_none()
        return None if row is None else bytes(row.data)

    def delete(self, file_id: str) -> None:
        """Delete the file with its content."""
        self._delete([file_id])

    def delete_expired(self, *, now: datetime, limit: int) -> int:
        """Delete files past their time, uploads that were never finished included; return how many."""
        ids = self._connection.scalars(_EXPIRED, {"now": now, "limit": limit}).all()
        if ids:
            self._delete([*ids])
        return len(ids)

    def _delete(self, ids: builtins.list[str]) -> None:
        self._connection.execute(_DELETE_PARTS, {"ids": ids})
        self._connection.execute(_DELETE, {"ids": ids})


def _file_from(row: AnyRow) -> File:
    return File(**{name: getattr(row, name) for name in File.__dataclass_fields__})
