"""The one place that asks what time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the current time, aware and in UTC; handed down from each composition root."""


def utc_now() -> datetime:
    """Return the system's time, aware and in UTC."""
    return datetime.now(UTC)
