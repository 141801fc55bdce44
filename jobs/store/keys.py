"""The keys table: who may come in.

A key that is revoked keeps its row, so that a server that has had keys never stands open again.
"""

import builtins
from datetime import datetime

from sqlalchemy import Column, Connection, Table, Text, bindparam, insert, select, update

from jobs.errors import NotFoundError
from jobs.key import Key
from jobs.store.rows import AnyRow
from jobs.store.tables import Key as KeyColumn
from jobs.store.tables import metadata
from jobs.store.utc_datetime import UtcDateTime

keys = Table(
    "keys",
    metadata,
    Column("id", KeyColumn, primary_key=True),
    Column("tenant", KeyColumn, nullable=False),
    Column("name", Text),
    Column("digest", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)

_KEY_ID = bindparam("key", type_=KeyColumn)
_ONE = select(keys).where(keys.c.id == _KEY_ID)
_ALL = select(keys).order_by(keys.c.created_at, keys.c.id)
_ANY = select(keys.c.id).limit(1)
_REVOKE = (
    update(keys)
    .where(keys.c.id == _KEY_ID, keys.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now", type_=UtcDateTime))
)


class KeyStore:
    """The keys as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: Key) -> None:
        """Store a new key."""
        self._connection.execute(
            insert(keys),
            {
                "id": key.id,
                "tenant": key.tenant,
                "name": key.name,
                "digest": key.digest,
                "created_at": key.created_at,
                "revoked_at": key.revoked_at,
            },
        )

    def get(self, key_id: str) -> Key | None:
        """Return the key, be it revoked or not."""
        row = self._connection.execute(_ONE, {"key": key_id}).one_or_none()
        return None if row is None else _key_from(row)

    def list(self) -> builtins.list[Key]:
        """Return all keys, the oldest first, the revoked ones among them."""
        return [_key_from(row) for row in self._connection.execute(_ALL)]

    def are_made(self) -> bool:
        """Whether a key was ever made."""
        return self._connection.execute(_ANY).first() is not None

    def revoke(self, key_id: str, *, now: datetime) -> Key:
        """Take the key back, and return it; once more changes nothing. Raises `NotFoundError`."""
        self._connection.execute(_REVOKE, {"key": key_id, "now": now})
        if (key := self.get(key_id)) is None:
            raise NotFoundError(f"there is no key {key_id[:80]!r}")
        return key


def _key_from(row: AnyRow) -> Key:
    return Key(
        id=row.id,
        tenant=row.tenant,
        name=row.name,
        digest=row.digest,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
