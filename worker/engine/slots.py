"""How many calls this process may have in flight, and how many jobs it claims before they have a slot."""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import fmean

CLAIMS = 4  # the last ones, by which the next is judged
SMOOTHED_S = 0.5  # over which landings are counted: a burst says little about the next
HELD_BACK_S = 1.0  # after the last job with a budget was claimed
SPARE = 3  # times what lands in a claim's time: once to wait for, and again whatever comes late
MOST_AHEAD = 300  # or as many as there are slots


class Slots:
    """Counts jobs against a fixed number of slots; belongs to the engine's event loop.

    While a claim is under way calls land, and their slots would stand idle until the next is through. So
    some times as many jobs more are claimed as land meanwhile, and the next claim waits until there is room
    for as many: with calls of many seconds that is none, with short ones it is what keeps the slots in use.
    """

    def __init__(self, count: int, *, steady: Callable[[], float] = time.monotonic) -> None:
        """Have `count` slots, and go by `steady`, in seconds."""
        self.count = count
        self.taken = 0
        self._steady = steady
        self._pace = 0.0
        self._paced_at = steady()
        self._claims_s = deque([0.0], maxlen=CLAIMS)
        self._held_back_until = -math.inf

    @property
    def pace(self) -> float:
        """Return how many calls land a second, lately."""
        return self._pace * math.exp((self._paced_at - self._steady()) / SMOOTHED_S)

    @property
    def ahead(self) -> int:
        """Return how many jobs may be claimed for which there is no slot yet."""
        if self._steady() < self._held_back_until:
            return 0
        return min(max(self.count, MOST_AHEAD), int(SPARE * self.pace * fmean(self._claims_s)))

    @property
    def free(self) -> int:
        """Return how many more jobs may be claimed now."""
        return self.count + self.ahead - self.taken

    def may_claim(self, *, is_urgent: bool) -> bool:
        """Return whether there is room for a claim; one that is not urgent waits until it is worth one."""
        return self.free >= (1 if is_urgent else max(1, self.ahead // SPARE))

    def hold_back(self) -> None:
        """Have none claimed ahead for a moment: what a budget may be exceeded by are the calls in flight."""
        self._held_back_until = self._steady() + HELD_BACK_S

    def take(self, count: int) -> None:
        """Mark `count` slots as taken, or as soon to be."""
        self.taken += count

    def give(self, count: int = 1) -> None:
        """Take back what was not used."""
        self.taken -= count

    def land(self) -> None:
        """Mark the slot of a call that has landed as free."""
        self.taken -= 1
        self._pace = self.pace + 1 / SMOOTHED_S
        self._paced_at = self._steady()

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """Watch how long a claim takes."""
        began = self._steady()
        yield
        self._claims_s.append(self._steady() - began)
