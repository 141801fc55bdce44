"""How many input tokens a call will really count, learned for each model from what its answers said."""

from collections import OrderedDict

MEMORY = 0.98  # what is kept of the past when one more answer comes in: the last fifty or so count
LONGEST_KEPT = 1_000  # models; whoever sends jobs can make names up
LEAST, MOST = 0.02, 5.0


class Estimates:
    """Corrects estimates made from a request's size by the ratio found so far; in memory only.

    Tokens read from the prompt cache do not count to the limit, so much caching makes for a low ratio.
    """

    def __init__(self) -> None:
        self._sums: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def corrected(self, model: str, estimate: int) -> int:
        """Return what a call that was estimated at `estimate` tokens will count; at least 1."""
        estimated, actual = self._sums.get(model, (1.0, 1.0))
        return max(1, round(estimate * min(MOST, max(LEAST, actual / estimated))))

    def learn(self, model: str, estimate: int, actual: int) -> None:
        """Take in that a call that was estimated at `estimate` tokens counted `actual`."""
        if estimate <= 0:
            return
        estimated, counted = self._sums.get(model, (0.0, 0.0))
        self._sums[model] = (estimated * MEMORY + estimate, counted * MEMORY + actual)
        self._sums.move_to_end(model)
        if len(self._sums) > LONGEST_KEPT:
            self._sums.popitem(last=False)
