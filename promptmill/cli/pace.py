"""How fast a batch moves, and when it will have ended."""

from collections import deque

WINDOW_S = 10.0


class Pace:
    """A moving average over the last ten seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, now: float, ended: int) -> None:
        """Note that `ended` jobs had ended at `now`, in seconds of any steady clock."""
        self._seen.append((now, ended))
        while len(self._seen) > 2 and self._seen[0][0] < now - WINDOW_S:  # noqa: PLR2004 - it takes two to compare
            self._seen.popleft()

    @property
    def per_second(self) -> float:
        """Return how many jobs end in a second; 0 while too little is known."""
        if len(self._seen) < 2:  # noqa: PLR2004 - as above
            return 0.0
        (began, first), (now, last) = self._seen[0], self._seen[-1]
        return (last - first) / (now - began) if now > began else 0.0

    def seconds_left(self, total: int) -> float | None:
        """Return when all `total` jobs will have ended, at this pace; None while nobody can tell."""
        if not self._seen or not (per_second := self.per_second):
            return None
        return (total - self._seen[-1][1]) / per_second
