"""Times as OpenAI writes them."""

from datetime import datetime


def unix(moment: datetime) -> int:
    """Return `moment` in whole seconds since 1970."""
    return int(moment.timestamp())


def unix_or_none(moment: datetime | None) -> int | None:
    """Return `moment` as `unix` does, and None for None."""
    return None if moment is None else unix(moment)
