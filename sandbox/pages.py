"""Lists with cursors in both directions, as the API pages them."""

from collections.abc import Sequence
from typing import TypeVar

from sandbox.errors import invalid

T = TypeVar("T")
DEFAULT_LIMIT = 20
MAX_LIMIT = 1_000


def page_of(
    items: Sequence[tuple[str, T]], parameters: dict[str, list[str]]
) -> tuple[dict[str, object], list[T]]:
    """Return the frame of one page (`has_more`, `first_id`, `last_id`) and its items; raises `ApiError`."""
    limit = _limit(parameters)
    after, before = parameters.get("after_id"), parameters.get("before_id")
    if after and before:
        raise invalid("after_id: only one of `after_id` and `before_id` may be given")
    if before:
        end = _place(items, before[-1], "before_id")
        start = max(0, end - limit)
        has_more = start > 0
    else:
        start = _place(items, after[-1], "after_id") + 1 if after else 0
        end = min(len(items), start + limit)
        has_more = end < len(items)
    page = items[start:end]
    frame: dict[str, object] = {
        "has_more": has_more,
        "first_id": page[0][0] if page else None,
        "last_id": page[-1][0] if page else None,
    }
    return frame, [item for _, item in page]


def _limit(parameters: dict[str, list[str]]) -> int:
    text = parameters.get("limit", [str(DEFAULT_LIMIT)])[-1]
    if not text.isdecimal():
        raise invalid("limit: Input should be a valid integer")
    if not 1 <= int(text) <= MAX_LIMIT:
        raise invalid(f"limit: Input should be between 1 and {MAX_LIMIT}")
    return int(text)


def _place(items: Sequence[tuple[str, T]], cursor: str, name: str) -> int:
    for index, (item_id, _) in enumerate(items):
        if item_id == cursor:
            return index
    raise invalid(f"{name}: no object with the id `{cursor}`")
