"""Which lanes a fault of the account has paused, as of a moment ago: callers wait behind them in vain."""

import asyncio
from time import monotonic

from api.endings import FINAL, status_of
from api.errors import Refusal, RefusedError
from jobs.lanes import LaneBoard

FRESH_S = 1.0


class LaneWatch:
    """Reads the board at most once a second, however many callers ask."""

    def __init__(self, board: LaneBoard) -> None:
        self._board = board
        self._reasons: dict[str, str] = {}
        self._read_at = 0.0
        self._lock = asyncio.Lock()

    async def check(self, lane: str) -> None:
        """Raise `RefusedError`, with what Claude said, if the lane is paused."""
        async with self._lock:
            if monotonic() - self._read_at > FRESH_S:
                paused = await asyncio.to_thread(self._board.paused)
                self._reasons = {each.name: each.reason or "" for each in paused}
                self._read_at = monotonic()
        if lane in self._reasons:
            raise _paused(self._reasons[lane])


def _paused(reason: str) -> RefusedError:
    kind, _, message = reason.partition(": ")  # as the workers note it
    return RefusedError(
        Refusal(status=status_of(kind, None), type=kind, message=message or reason, headers=FINAL)
    )
