"""The submissions table: which Idempotency-Key made what."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from jobs.errors import ConflictError
from jobs.store.grouped import insert_new
from jobs.store.tables import Key, submissions

_FIND = select(submissions.c.digest, submissions.c.target_id).where(
    submissions.c.tenant == bindparam("of_tenant", type_=Key),
    submissions.c.key == bindparam("of_key", type_=Key),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What was submitted under a key."""

    digest: str
    """Of the whole body."""
    target_id: str
    """The job or batch that was made."""


class SubmissionStore:
    """The submissions as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, tenant: str, key: str) -> Submission | None:
        """Return what the tenant submitted under `key`, if anything."""
        row = self._connection.execute(_FIND, {"of_tenant": tenant, "of_key": key}).one_or_none()
        return row and Submission(digest=row.digest, target_id=row.target_id)

    def add(self, tenant: str, key: str, *, digest: str, target_id: str, created_at: datetime) -> None:
        """Note what is submitted under `key`; raises `ConflictError` if somebody was faster.

        A concurrent transaction with the same key is waited for.
        """
        row = {
            "tenant": tenant,
            "key": key,
            "digest": digest,
            "target_id": target_id,
            "created_at": created_at,
        }
        if not insert_new(self._connection, submissions, [row]):
            raise ConflictError("A submission with this Idempotency-Key was being stored; send it again.")
