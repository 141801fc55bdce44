"""Holds what no budget allows to start, and lets it go on when there is money again."""

import time
from collections.abc import Iterator
from datetime import datetime

import structlog

from jobs.purse import Purse
from jobs.store.store import Store

PIECE_SIZE = 1000  # jobs moved in one transaction, so that nobody waits long for a lock
PASS_S = 1.0  # then the other actors have their turn, and the next pass goes on


class Treasurer:
    """Takes the jobs of spent budgets out of the line, and queues them when budgets are raised.

    A claim holds spent jobs itself: this only saves the rest of a batch the way to the workers. It goes by
    what is in the store, so that it does not matter who raised a budget, nor whether they lived to tell.
    """

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._log = structlog.get_logger("treasurer")

    def run_once(self, now: datetime) -> int:
        """Hold and release, and return how many jobs that were; raises `StoreUnavailableError`."""
        with self._store.read() as tx:
            to_hold, to_open = tx.jobs.purses_to_hold(now=now), tx.jobs.purses_to_open(now=now)
        end_at = time.monotonic() + PASS_S
        moved = 0
        for purse in to_hold:
            moved += self._told("held", purse, self._held(purse, now), end_at)
        for purse in to_open:
            moved += self._told("released", purse, self._released(purse), end_at)
        return moved

    def _told(self, event: str, purse: Purse, pieces: Iterator[int], end_at: float) -> int:
        """Take `pieces` until they are small or the time is up; return the sum."""
        total = 0
        for piece in pieces:
            total += piece
            if piece < PIECE_SIZE or time.monotonic() > end_at:
                break
        self._log.info(event, reason=purse.reason.value, of=purse.name, jobs=total)
        return total

    def _held(self, purse: Purse, now: datetime) -> Iterator[int]:
        while True:
            with self._store.write() as tx:
                piece = tx.jobs.hold(purse, now=now, limit=PIECE_SIZE)
            yield piece

    def _released(self, purse: Purse) -> Iterator[int]:
        while True:
            with self._store.write() as tx:
                piece = tx.jobs.release(purse, limit=PIECE_SIZE)
            yield piece
