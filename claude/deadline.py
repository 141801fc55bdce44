"""How long one call may take: in all, and in silence."""

import asyncio

from claude.errors import ClaudeConnectionError, ConnectionFault
from claude.watchdog import Limit, Watchdog


class Deadline:
    """The time limits of one call, both in seconds: for the whole of it, and for each wait for a byte."""

    def __init__(self, watchdog: Watchdog, *, call_s: float, stall_s: float) -> None:
        self._watchdog = watchdog
        self._clock = asyncio.get_running_loop().time
        self._call_s = call_s
        self._stall_s = stall_s
        self._ends_at = self._clock() + call_s

    def for_answer(self) -> Limit:
        """Limit a wait in which Claude may be silent for as long as the call may take."""
        return self._watchdog.until(self._ends_at)

    def for_byte(self) -> Limit:
        """Limit a wait in which a byte should come soon."""
        return self._watchdog.until(min(self._ends_at, self._clock() + self._stall_s))

    def error(self, request_id: str | None) -> ClaudeConnectionError:
        """Say which of the two limits has passed."""
        if self._clock() >= self._ends_at:
            message = f"the call was not done after {self._call_s:g} s"
            return ClaudeConnectionError(ConnectionFault.CALL_TIMEOUT, message, request_id=request_id)
        message = f"no byte came for {self._stall_s:g} s"
        return ClaudeConnectionError(ConnectionFault.STALLED, message, request_id=request_id)
