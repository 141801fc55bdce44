"""What the submitting endpoints of all dialects share: their bounds, their headers, their idempotency."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import nullcontext
from typing import TypeVar

from api.body import IDEMPOTENCY_HEADER, LARGE_AT_ONCE
from api.connection import HttpRequest
from api.errors import MalformedRequestError
from api.spool import Spool
from jobs.errors import ConflictError
from jobs.submission import Idempotency
from jobs.submit import Submitter

T = TypeVar("T")
KEPT_HEADERS = (
    "anthropic-version",
    "anthropic-beta",
    "anthropic-workspace-id",
    "anthropic-user-profile-id",
)
LONGEST_KEY = 255


class Reception:
    """Where submissions come in: at most a few large ones are taken apart at once, the rest wait on disk."""

    def __init__(self, *, submitter: Submitter, max_body_bytes: int) -> None:
        self.submitter = submitter
        self.max_body_bytes = max_body_bytes
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)

    async def run(self, spool: Spool, work: Callable[[], T]) -> T:
        """Return what `work` makes of the spooled body, in a thread of the pool; it may be called twice."""
        async with self._large if spool.is_on_disk else nullcontext():
            try:
                return await asyncio.to_thread(work)
            except ConflictError:
                # The same Idempotency-Key was being stored at this very moment; by now it can be found.
                return await asyncio.to_thread(work)


def kept_headers(request: HttpRequest) -> dict[str, str]:
    """Return the headers that stay with each job and go upstream as given."""
    return {name: value for name in KEPT_HEADERS if (value := request.headers.get(name))}


def idempotency_of(request: HttpRequest, spool: Spool) -> Idempotency | None:
    """Return what makes a repetition of this request the same request; None where the caller gave no key.

    The digest covers the path, the format, the query and the headers that are kept as well as the body:
    whatever would have led to another submission.
    """
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is None:
        return None
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable():
        raise MalformedRequestError(f"idempotency-key must be 1 to {LONGEST_KEY} printable characters")
    digest = hashlib.sha256()
    query = sorted(request.query_params.multi_items())
    headers = sorted(kept_headers(request).items())
    for part in (request.url.path, request.content_type[0], repr(query), repr(headers), spool.digest()):
        digest.update(part.encode() + b"\0")
    return Idempotency(key=key, digest=digest.hexdigest())
