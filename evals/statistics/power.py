"""How many items it takes to see a difference, and which difference so many items can show.

Source: Miller (2024), arXiv:2411.00640, section 5, equations 9 and 10 for paired runs:
n = (z(1 - alpha/2) + z(power))² sd² / difference², with the standard deviation of the differences by item.
"""

import math

from evals.statistics.distributions import NORMAL

POWER = 0.8


def needed_items(deviation: float, difference: float, *, alpha: float, power: float = POWER) -> int:
    """Return how many items show a true difference with a chance of `power`."""
    return math.ceil((_reach(alpha, power) * deviation / difference) ** 2)


def detectable(deviation: float, items: int, *, alpha: float, power: float = POWER) -> float:
    """Return the smallest true difference that so many items show with a chance of `power`."""
    return _reach(alpha, power) * deviation / math.sqrt(items)


def _reach(alpha: float, power: float) -> float:
    return NORMAL.inv_cdf(1 - alpha / 2) + NORMAL.inv_cdf(power)
