"""How long a client waits: for an end, and for a server that went away."""

import math
import time

from promptmill.errors import RefusedError, ServerUnreachableError

FIRST_PAUSE_S = 0.02  # between two looks that are shown; grows to:
LONGEST_PAUSE_S = 1.0
LONG_POLL_S = 30.0
PATIENCE_S = 60.0  # with a server that went away
PASSING = frozenset({502, 503, 504})


class Patience:
    """Bears with a server that went away, for a minute at most."""

    def __init__(self) -> None:
        self._deadline: float | None = None

    def renew(self) -> None:
        """Note that the server is there."""
        self._deadline = None

    def pause_after(self, error: ServerUnreachableError | RefusedError) -> float:
        """Return how long to wait before the next try; raises `error` where that is of no use."""
        now = time.monotonic()
        if self._deadline is None:
            self._deadline = now + PATIENCE_S
        if now > self._deadline or (isinstance(error, RefusedError) and error.status not in PASSING):
            raise error
        return LONGEST_PAUSE_S


class Waiting:
    """The looks at something until it has ended: long ones, or short ones where somebody watches.

    Of what the server cannot wait for (`is_long_polled` is false), the pauses are made between the looks.
    """

    def __init__(self, *, timeout_s: float | None, is_watched: bool, is_long_polled: bool = True) -> None:
        self._end = math.inf if timeout_s is None else time.monotonic() + timeout_s
        self._pause_s = FIRST_PAUSE_S
        self._is_watched = is_watched
        self._is_long_polled = is_long_polled
        self.patience = Patience()

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() >= self._end

    def look_s(self) -> float:
        """Return how long the server may take with the next look."""
        if not self._is_long_polled:
            return 0.0
        left_s = max(0.0, self._end - time.monotonic())
        return min(self._next_s() if self._is_watched else LONG_POLL_S, left_s)

    def pause_s(self) -> float:
        """Return how long to wait between two looks."""
        return 0.0 if self._is_long_polled else self._next_s()

    def _next_s(self) -> float:
        self._pause_s = min(self._pause_s * 1.2, LONGEST_PAUSE_S)
        return self._pause_s
