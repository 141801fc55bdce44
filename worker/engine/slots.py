"""How many calls this process may have in flight, and how many jobs it claims before they have a slot."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

CLAIMS = 4  # the last ones, of which the least counts: one burst of landings says nothing about the next


class Slots:
    """Counts jobs against a fixed number of slots; belongs to the engine's event loop.

    While a claim is under way calls land, and their slots would stand idle until the next is through. So
    as many jobs more are claimed as land meanwhile: with calls of many seconds that is none, with short
    ones it is what keeps the slots in use.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken = 0
        self.landed = 0
        """How many calls have landed so far."""
        self._landed_meanwhile = deque([0] * CLAIMS, maxlen=CLAIMS)

    @property
    def ahead(self) -> int:
        """Return how many jobs may be claimed for which there is no slot yet."""
        return min(self.count, *self._landed_meanwhile)

    @property
    def free(self) -> int:
        """Return how many more jobs may be claimed now."""
        return self.count + self.ahead - self.taken

    def take(self, count: int) -> None:
        """Mark `count` slots as taken, or as soon to be."""
        self.taken += count

    def give(self, count: int = 1) -> None:
        """Take back what was not used."""
        self.taken -= count

    def land(self) -> None:
        """Mark the slot of a call that has landed as free."""
        self.taken -= 1
        self.landed += 1

    @contextmanager
    def claiming(self) -> Iterator[None]:
        """Watch what lands while a claim is under way."""
        before = self.landed
        yield
        self._landed_meanwhile.append(self.landed - before)
