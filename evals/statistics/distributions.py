"""The distributions that tests and intervals are read from: normal, Student's t, beta, binomial.

Source: Press et al., Numerical Recipes, 3rd ed., section 6.4 (the incomplete beta function by its continued
fraction). Good to about 12 digits.
"""

import math
from collections.abc import Callable
from statistics import NormalDist

NORMAL = NormalDist()
_ROUNDS = 1_000
_PRECISION = 1e-15
_TINY = 1e-300
_HUGE = 1e300
MIDDLE = 0.5


def t_cdf(t: float, freedom: float) -> float:
    """Return the chance that Student's t with so many degrees of freedom is at most `t`."""
    tail = beta_cdf(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
    return tail if t < 0 else 1 - tail


def t_two_sided(t: float, freedom: float) -> float:
    """Return the two-sided p-value of a t statistic."""
    return beta_cdf(freedom / (freedom + t * t), freedom / 2, 0.5)


def t_quantile(probability: float, freedom: float) -> float:
    """Return the t that is exceeded with a chance of 1 - `probability`."""
    if probability < MIDDLE:
        return -t_quantile(1 - probability, freedom)
    high = 1.0
    while t_cdf(high, freedom) < probability and high < _HUGE:
        high *= 2
    return _root(lambda t: t_cdf(t, freedom) - probability, 0.0, high)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the x up to which a beta distribution has that probability."""
    return _root(lambda x: beta_cdf(x, a, b) - probability, 0.0, 1.0)


def binomial_cdf(successes: int, trials: int, chance: float) -> float:
    """Return the chance of at most so many successes."""
    if successes >= trials:
        return 1.0
    return beta_cdf(1 - chance, trials - successes, successes + 1) if successes >= 0 else 0.0


def beta_cdf(x: float, a: float, b: float) -> float:
    """Return the regularized incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):
        return math.exp(log_front) * _continued_fraction(x, a, b) / a
    return 1 - math.exp(log_front) * _continued_fraction(1 - x, b, a) / b


def _continued_fraction(x: float, a: float, b: float) -> float:
    """Evaluate by Lentz's method."""
    c, d = 1.0, 1 / _nonzero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _ROUNDS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for step in (even, odd):
            d = 1 / _nonzero(1 + step * d)
            c = _nonzero(1 + step / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _nonzero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _root(rising: Callable[[float], float], low: float, high: float) -> float:
    """Halve the interval until floating point has nothing in between."""
    while True:
        middle = (low + high) / 2
        if middle in {low, high}:
            return middle
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
