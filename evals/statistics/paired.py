"""Two runs on the same items: the mean of the differences, item by item.

Sources: Miller (2024), arXiv:2411.00640, section 4.2: the paired difference needs no covariance, it has
it; Student, "The Probable Error of a Mean" (1908), Biometrika 6, for t with n - 1 degrees of freedom.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evals.statistics.distributions import t_quantile, t_two_sided
from evals.statistics.interval import Interval
from evals.statistics.mean import mean


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDifference:
    """The mean of after - before, and how sure it is."""

    value: float
    standard_error: float
    deviation: float
    """Standard deviation of the differences."""
    items: int
    differing: int
    """Items whose score changed at all."""

    @property
    def p_value(self) -> float:
        """Return the two-sided p-value of no difference, by Student's t."""
        if not self.standard_error:
            return float(not self.value)
        return t_two_sided(self.value / self.standard_error, self.items - 1)

    def interval(self, confidence: float = 0.95) -> Interval:
        """Return the interval by Student's t; it excludes zero where p is below 1 - `confidence`."""
        reach = 0.0
        if self.standard_error:
            reach = t_quantile((1 + confidence) / 2, self.items - 1) * self.standard_error
        return Interval(low=self.value - reach, high=self.value + reach)

    @property
    def cautious_p_value(self) -> float:
        """Return the p-value, but never less than the rarest that the signs of the differences allow.

        Where few items differ, t takes their likeness for certainty. But no arrangement of signs among them
        is rarer than 2^(1 - differing), both sides counted (Fisher, The Design of Experiments, 1935).
        """
        return max(self.p_value, 2.0 ** (1 - self.differing)) if self.differing else 1.0

    def cautious_interval(self, confidence: float = 0.95) -> Interval:
        """Return the interval, made to hold zero where the cautious p-value is not below 1 - `confidence`."""
        found = self.interval(confidence)
        if self.cautious_p_value < 1 - confidence or not found.excludes_zero:
            return found
        reach = abs(self.value)
        return Interval(low=self.value - reach, high=self.value + reach)


def paired_difference(before: Sequence[float], after: Sequence[float]) -> PairedDifference:
    """Return the difference between two runs' scores, given in the same order of items."""
    differences = [new - old for old, new in zip(before, after, strict=True)]
    found = mean(differences)
    error = found.standard_error or 0.0
    return PairedDifference(
        value=found.value,
        standard_error=error,
        deviation=error * math.sqrt(len(differences)),
        items=len(differences),
        differing=sum(difference != 0 for difference in differences),
    )
