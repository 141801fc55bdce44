"""Opaque list cursors: a position that only the list which issued it will take back."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from jobs.errors import CursorError

SEAL_BYTES = 16
LONGEST = 400  # characters; ours are about 70


class CursorSealer:
    """Turns the id that a page ended on into a cursor and back.

    The seal covers the list, its tenant and its filters, so that a cursor carried over to another list is
    refused instead of skipping jobs in silence. It protects against mistakes; what a caller may see is
    decided by the tenant, never by a cursor. The key is derived from the database's URL: the same in every
    api process that serves the same data, and after a restart.
    """

    def __init__(self, database_url: str) -> None:
        self._key = hashlib.blake2b(database_url.encode(), person=b"promptmill.list").digest()

    def seal(self, last_id: str, scope: Sequence[str | None]) -> str:
        """Return the cursor for the page after `last_id` of the list that `scope` describes."""
        position = last_id.encode()
        return base64.urlsafe_b64encode(self._seal(position, scope) + position).decode().rstrip("=")

    def open(self, cursor: str, scope: Sequence[str | None]) -> str:
        """Return the id inside `cursor`; raises `CursorError` unless it was sealed for the same `scope`."""
        last_id = _position(cursor)
        # Sealing afresh also refuses every other spelling of the same bytes.
        if not hmac.compare_digest(self.seal(last_id, scope).encode(), cursor.encode()):
            raise CursorError
        return last_id

    def _seal(self, position: bytes, scope: Sequence[str | None]) -> bytes:
        sealed = hashlib.blake2b(position, key=self._key, digest_size=SEAL_BYTES)
        for part in scope:
            sealed.update(b"\0-" if part is None else b"\0=" + part.encode())
        return sealed.digest()


def _position(cursor: str) -> str:
    if len(cursor) > LONGEST:
        raise CursorError
    try:
        sealed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return sealed[SEAL_BYTES:].decode()
    except ValueError:  # neither ASCII, nor base 64, nor UTF-8 inside: all of them are kinds of it
        raise CursorError from None
