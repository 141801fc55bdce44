"""Reading the `anthropic-ratelimit-*` headers (https://docs.claude.com/en/api/rate-limits)."""

from collections.abc import Mapping
from datetime import datetime

from worker.limits.exchange import BucketSeen

PREFIX = "anthropic-ratelimit-"
BUCKETS = {
    "requests": "requests",
    "input": "input-tokens",
    "output": "output-tokens",
    "total": "tokens",
}
"""Our name of each bucket, and Anthropic's."""

_LIMITS = tuple(f"{PREFIX}{theirs}-limit" for theirs in BUCKETS.values())


def limits_said(headers: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return the limits as they stand in `headers`, to be compared with those of another answer."""
    return tuple(map(headers.get, _LIMITS))


def buckets_seen(headers: Mapping[str, str]) -> dict[str, BucketSeen]:
    """Return what `headers` say of each bucket; what cannot be read is left out.

    The bucket for input and output together only counts where it is tighter than the two.
    """
    seen = {
        ours: bucket for ours, theirs in BUCKETS.items() if (bucket := _bucket(headers, f"{PREFIX}{theirs}-"))
    }
    apart = [seen[name].limit for name in ("input", "output") if name in seen]
    if "total" in seen and len(apart) == len(("input", "output")) and seen["total"].limit >= sum(apart):
        del seen["total"]
    return seen


def _bucket(headers: Mapping[str, str], prefix: str) -> BucketSeen | None:
    limit = _whole(headers.get(f"{prefix}limit"))
    left = _whole(headers.get(f"{prefix}remaining"))
    if not limit or left is None:
        return None
    return BucketSeen(limit=limit, left=left, full_at=_moment(headers.get(f"{prefix}reset")))


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _moment(text: str | None) -> float | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None
