"""Waiting for something that must come, and being told when it does not."""

import time
from collections.abc import Callable
from typing import TypeVar

from jobs.errors import PromptmillError

T = TypeVar("T")
PAUSE_S = 0.05


class WaitedInVainError(PromptmillError):
    """What was waited for did not come."""


def until(look: Callable[[], T | None], what: str, *, timeout_s: float) -> T:
    """Return the first true value that `look` returns; raises `WaitedInVainError` naming `what`."""
    deadline = time.monotonic() + timeout_s
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise WaitedInVainError(f"waited {timeout_s:.0f} s in vain for {what}")
        time.sleep(PAUSE_S)
    return seen
