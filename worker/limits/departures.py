"""When calls that must be kept apart leave: all of them equally long after they were admitted."""

import math

from worker.limits.exchange import Reply

HOLD_S = 0.1  # longer than a claim takes, whose time varies more than calls may move together
WINDOW_S = 30.0


class Departures:
    """Tells a lane's moments in the loop's time, going by the quickest of its last replies."""

    def __init__(self) -> None:
        self._since = -math.inf
        self._quickest = math.inf
        self._quickest_before = math.inf

    def departs_at(self, reply: Reply, now: float) -> float:
        """Return when the calls of `reply`, which came `now`, may be sent; 0 for any time."""
        if now - self._since > WINDOW_S:  # the clocks may have moved apart since
            self._since, self._quickest_before, self._quickest = now, self._quickest, math.inf
        self._quickest = min(self._quickest, now - reply.now)
        if not reply.is_apart:
            return 0.0
        return min(now, reply.now + min(self._quickest, self._quickest_before)) + HOLD_S
