"""How many calls this process may have in flight."""


class Slots:
    """Counts the calls in flight against a fixed number; belongs to the engine's event loop."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken = 0

    @property
    def free(self) -> int:
        """Return how many more calls may start now."""
        return self.count - self.taken

    def take(self, count: int) -> None:
        """Mark `count` slots as taken."""
        self.taken += count

    def give(self, count: int = 1) -> None:
        """Mark `count` slots as free again."""
        self.taken -= count
