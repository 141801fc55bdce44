"""What all maintenance actors have in common."""

from datetime import datetime
from typing import Protocol


class Actor(Protocol):
    """Does one kind of upkeep, a pass at a time."""

    def run_once(self, now: datetime) -> int:
        """Do one pass as of `now` and return how many rows it moved; raises `StoreUnavailableError`."""
        ...
