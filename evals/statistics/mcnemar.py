"""Pass or fail, before and after, on the same items: only those that changed sides say anything.

Sources: McNemar, "Note on the sampling error of the difference between correlated proportions" (1947),
Psychometrika 12, in its exact form: Fagerland, Lydersen, Laake, "The McNemar test for binary matched-pairs
data" (2013), BMC Med Res Methodol 13:91. The interval is the conditional one that belongs to that test.
"""

from dataclasses import dataclass

from evals.statistics.distributions import binomial_cdf
from evals.statistics.interval import Interval
from evals.statistics.proportion import clopper_pearson


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Items that changed sides, of so many."""

    rose: int
    """Failed before, pass now."""
    fell: int
    """Passed before, fail now."""
    items: int

    @property
    def difference(self) -> float:
        """Return the change of the pass rate."""
        return (self.rose - self.fell) / self.items

    @property
    def p_value(self) -> float:
        """Return the exact two-sided p-value: twice the smaller tail of Binomial(rose + fell, 1/2)."""
        changed = self.rose + self.fell
        return min(1.0, 2 * binomial_cdf(min(self.rose, self.fell), changed, 0.5)) if changed else 1.0

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return the interval of the difference, given how many changed sides.

        Clopper and Pearson's interval for the share that rose among those that changed, put on the scale of
        the difference: (2 share - 1) · changed / items. It excludes zero exactly where the p-value is below
        1 - `confidence`.
        """
        changed = self.rose + self.fell
        if not changed:
            return Interval(low=0.0, high=0.0)
        share = clopper_pearson(self.rose, changed, confidence)
        scale = changed / self.items
        return Interval(low=(2 * share.low - 1) * scale, high=(2 * share.high - 1) * scale)
