"""Times as Anthropic writes them."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Return `moment` in UTC with microseconds and Z, as `2024-09-24T18:37:24.100435Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def rfc3339_or_none(moment: datetime | None) -> str | None:
    """Return `moment` as `rfc3339` does, and None for None."""
    return None if moment is None else rfc3339(moment)
