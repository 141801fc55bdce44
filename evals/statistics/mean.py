"""The mean of scores with its standard error; answers to one item are not independent of each other.

Source: Miller, "Adding Error Bars to Evals" (2024), arXiv:2411.00640: equation 1 (central limit theorem) and
equation 4 (clustered). With few clusters, Student's t with clusters - 1 degrees of freedom stands in for the
normal distribution (Cameron, Miller, "A Practitioner's Guide to Cluster-Robust Inference", 2015, VI.D).
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from evals.statistics.distributions import t_quantile
from evals.statistics.interval import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean, how sure it is, and what it is made of."""

    value: float
    standard_error: float | None
    """None where a single item says nothing about how far others are from it."""
    count: int
    clusters: int

    def interval(self, confidence: float = 0.95) -> Interval | None:
        """Return the interval that holds the true mean with that confidence."""
        if self.standard_error is None:
            return None
        reach = t_quantile((1 + confidence) / 2, self.clusters - 1) * self.standard_error
        return Interval(low=self.value - reach, high=self.value + reach)


def mean(scores: Sequence[float]) -> Mean:
    """Return the mean of independent scores: SE = s / √n, with s over n - 1."""
    return clustered_mean(scores, range(len(scores)))


def clustered_mean(scores: Sequence[float], clusters: Sequence[Hashable]) -> Mean:
    """Return the mean of scores of which those of one cluster, as the epochs of one item, belong together.

    SE² = G / (G - 1) · Σ_g (Σ_i (s_ig - s̄))² / n², the sum over the G clusters: Miller's equation 4, which
    adds the cross terms of each cluster to the squares, times the correction for few clusters. With one
    score a cluster, this is s / √n.
    """
    count = len(scores)
    value = math.fsum(scores) / count
    sums: defaultdict[Hashable, float] = defaultdict(float)
    for score, cluster in zip(scores, clusters, strict=True):
        sums[cluster] += score - value
    groups = len(sums)
    if groups == 1:
        return Mean(value=value, standard_error=None, count=count, clusters=groups)
    squares = math.fsum(deviation**2 for deviation in sums.values())
    error = math.sqrt(groups / (groups - 1) * squares) / count
    return Mean(value=value, standard_error=error, count=count, clusters=groups)
