"""Several tests at once: how low each p-value must be for one error in all of them to stay rare.

Source: Holm, "A Simple Sequentially Rejective Multiple Test Procedure" (1979), Scand. J. Statist. 6.
"""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the adjusted p-values, in the order given: the k-th smallest times m - k + 1."""
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(_ascending(p_values)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = highest
    return adjusted


def holm_levels(p_values: Sequence[float], alpha: float) -> list[float]:
    """Return the level at which each is tested: alpha / m, then alpha / (m - 1), until one is not rejected.

    Those after it are held to the level at which it failed; an interval at 1 - level then agrees with the
    verdict.
    """
    levels = [alpha] * len(p_values)
    stopped_at: float | None = None
    for rank, place in enumerate(_ascending(p_values)):
        level = stopped_at if stopped_at is not None else alpha / (len(p_values) - rank)
        levels[place] = level
        if p_values[place] > level:
            stopped_at = level
    return levels


def _ascending(p_values: Sequence[float]) -> list[int]:
    return sorted(range(len(p_values)), key=p_values.__getitem__)
