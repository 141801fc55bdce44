"""Wait for a condition instead of sleeping."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_S = 0.02


def until(predicate: Callable[[], T], what: str, *, timeout_s: float = 30) -> T:
    """Return the predicate's first true value; raises `AssertionError` naming `what` if none comes."""
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while True:
        if value := predicate():
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout_s} s in vain for {what}")
        pause.wait(PAUSE_S)


async def one_turn_of_the_loop() -> None:
    """Let everything else that is ready run once."""
    loop = asyncio.get_running_loop()
    turned = loop.create_future()
    loop.call_soon(turned.set_result, None)
    await turned
