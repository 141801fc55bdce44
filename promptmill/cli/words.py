"""Numbers as people read them."""

from datetime import datetime

MINUTE_S = 60
HOUR_S = 3600
CENT = 0.01
FINEST = 0.0001
UNITS = (("G", 10**9), ("M", 10**6), ("k", 10**3))


def money(dollars: float) -> str:
    """Return US dollars: cents, or finer where cents would show nothing."""
    if 0 < dollars < FINEST:
        return f"<${FINEST}"
    return f"${dollars:,.2f}" if dollars == 0 or dollars >= CENT else f"${dollars:.4f}"


def duration(seconds: float) -> str:
    """Return a length of time."""
    if seconds < MINUTE_S:
        return f"{seconds:.1f} s"
    if seconds < HOUR_S:
        return f"{seconds // MINUTE_S:.0f} min {seconds % MINUTE_S:.0f} s"
    return f"{seconds // HOUR_S:.0f} h {seconds % HOUR_S // MINUTE_S:.0f} min"


def rate(per_second: float) -> str:
    """Return how many a second."""
    return f"{per_second:,.0f}" if per_second >= 10 else f"{per_second:.1f}"  # noqa: PLR2004 - two digits say enough


def short(number: int) -> str:
    """Return a count in three digits and a unit: 940, 34.1k, 1.2M."""
    for unit, size in UNITS:
        if number >= size:
            return f"{number / size:.{1 if number < size * 100 else 0}f}{unit}"
    return str(number)


def count(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where it needs one."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds_between(start: str | None, end: str | None) -> float | None:
    """Return the seconds from one RFC 3339 time to another, None if either is missing."""
    if start is None or end is None:
        return None
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
