"""A pass rate with its interval, good near 0 and 1 and for few samples, where mean ± 2 SE is not.

Sources: Wilson, "Probable inference, the law of succession, and statistical inference" (1927), JASA 22; for
epochs, the effective sample size in its place: Franco, Little, Louis, Slud, "Comparative Study of Confidence
Intervals for Proportions in Complex Sample Surveys" (2019), JSSAM 7; Clopper, Pearson (1934), Biometrika 26.
"""

import math

from evals.statistics.distributions import NORMAL, beta_quantile
from evals.statistics.interval import Interval
from evals.statistics.mean import Mean


def wilson(passes: float, count: float, confidence: float = 0.95) -> Interval:
    """Return Wilson's interval, without continuity correction.

    (p + z²/2n ± z √(p(1 - p)/n + z²/4n²)) / (1 + z²/n)
    """
    z = NORMAL.inv_cdf((1 + confidence) / 2)
    rate = passes / count
    middle = rate + z * z / (2 * count)
    reach = z * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
    below = 1 + z * z / count
    return Interval(
        low=(middle - reach) / below if rate > 0 else 0.0, high=(middle + reach) / below if rate < 1 else 1.0
    )


def clustered_wilson(rate: Mean, confidence: float = 0.95) -> Interval:
    """Return Wilson's interval for a pass rate over epochs, with the number of samples it is worth.

    n_eff = p(1 - p) / SE², between the number of items and of samples; where all agree, the items count.
    """
    variance = rate.value * (1 - rate.value)
    if not variance or not rate.standard_error:
        worth = float(rate.clusters)
    else:
        worth = min(max(variance / rate.standard_error**2, rate.clusters), rate.count)
    if rate.count == rate.clusters:
        worth = float(rate.count)
    return wilson(rate.value * worth, worth, confidence)


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> Interval:
    """Return the exact interval: it never holds the truth less often than it says."""
    tail = (1 - confidence) / 2
    low = beta_quantile(tail, successes, trials - successes + 1) if successes else 0.0
    high = beta_quantile(1 - tail, successes + 1, trials - successes) if successes < trials else 1.0
    return Interval(low=low, high=high)
