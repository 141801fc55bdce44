"""Pages of message batches in both directions, as the SDKs' auto-paging walks them."""

from dataclasses import dataclass

from api.errors import MalformedRequestError
from api.ids import is_id
from jobs.batch import Batch
from jobs.ids import MESSAGE_BATCH_PREFIX
from jobs.store.store import Transaction


@dataclass(frozen=True, slots=True)
class Page:
    """Batches, newest first."""

    batches: list[Batch]
    has_more: bool
    """Whether there are more in the direction of travel."""


def list_page(
    tx: Transaction, *, tenant: str, limit: int, after_id: str | None, before_id: str | None
) -> Page:
    """Return the batches next to the given one; raises `MalformedRequestError` on what cannot be an id."""
    if after_id is not None and before_id is not None:
        raise MalformedRequestError("after_id and before_id cannot be combined")
    _check("after_id", after_id)
    _check("before_id", before_id)
    found = tx.batches.list(
        tenant=tenant,
        after=after_id,
        before=before_id,
        limit=limit + 1,
        id_prefix=MESSAGE_BATCH_PREFIX,
    )
    if len(found) <= limit:
        return Page(found, has_more=False)
    # Going back, the one too many is the newest; going forward, the oldest.
    return Page(found[1:] if before_id is not None else found[:limit], has_more=True)


def _check(name: str, batch_id: str | None) -> None:
    if batch_id is not None and not is_id(batch_id, MESSAGE_BATCH_PREFIX):
        raise MalformedRequestError(f"{name}: {batch_id[:80]!r} is not the id of a message batch")
