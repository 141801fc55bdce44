"""A run in numbers: each grader's mean, its interval and its errors; latency and cost beside it."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import quantiles

import msgspec

from evals.definition.definition import Definition, Errors
from evals.result import OVERALL, Result, Score
from evals.statistics.interval import Interval
from evals.statistics.mean import clustered_mean
from evals.statistics.passes import pass_at, pass_hat
from evals.statistics.proportion import clustered_wilson

CONFIDENCE = 0.95


class GraderSummary(msgspec.Struct, kw_only=True, frozen=True):
    """What one grader says of one variant."""

    grader: str
    samples: int
    """Samples that count."""
    items: int
    errors: int
    """Samples without a score, whether they count as zero or not at all."""
    mean: float | None = None
    standard_error: float | None = None
    """Clustered by item."""
    interval: Interval | None = None
    """95 %: Wilson's where all scores are 0 or 1, else by Student's t."""
    pass_rate: float | None = None
    pass_interval: Interval | None = None
    """Wilson, 95 %."""
    pass_at: dict[str, float] = {}
    """Mean over the items of pass@k, by k."""
    pass_hat: dict[str, float] = {}
    """Mean over the items of pass^k, by k."""


class Spread(msgspec.Struct, kw_only=True, frozen=True):
    """Where values lie."""

    mean: float
    p50: float
    p95: float
    total: float


class VariantSummary(msgspec.Struct, kw_only=True, frozen=True):
    """One model with one set of parameters."""

    variant: int
    name: str
    samples: int
    errored: int
    """Samples without an overall score."""
    graders: list[GraderSummary]
    """`overall` first."""
    groups: dict[str, GraderSummary]
    """The overall score by group."""
    latency_s: Spread | None = None
    cost: Spread | None = None

    @property
    def overall(self) -> GraderSummary:
        """Return what the graders say together."""
        return self.graders[0]


class Summary(msgspec.Struct, kw_only=True, frozen=True):
    """A whole run."""

    name: str
    errors: Errors
    """What samples without a score counted as."""
    variants: list[VariantSummary]


def summarize(definition: Definition, variants: Sequence[str], results: Sequence[Result]) -> Summary:
    """Sum a run up; `variants` are the names from the plan's provenance."""
    by_variant: defaultdict[int, list[Result]] = defaultdict(list)
    for result in results:
        by_variant[result.variant].append(result)
    return Summary(
        name=definition.name,
        errors=definition.errors,
        variants=[_variant(definition, at, name, by_variant[at]) for at, name in enumerate(variants)],
    )


def counted(score: Score | None, errors: Errors) -> Score | None:
    """Return the score as it counts: a missing one as zero, or not at all."""
    if score is not None and score.value is not None:
        return score
    if errors is Errors.ZERO:
        return Score(grader=score.grader if score else "", value=0.0, passed=False)
    return None


def _variant(definition: Definition, variant: int, name: str, results: list[Result]) -> VariantSummary:
    graders = dict.fromkeys([OVERALL, *(score.grader for result in results for score in result.scores)])
    groups: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results if definition.group_by else []:
        groups[result.group if result.group is not None else "(none)"].append(result)
    overall = [result.score() for result in results]
    return VariantSummary(
        variant=variant,
        name=name,
        samples=len(results),
        errored=sum(score is None or score.value is None for score in overall),
        graders=[_grader(definition, grader, results) for grader in graders],
        groups={group: _grader(definition, OVERALL, within) for group, within in sorted(groups.items())},
        latency_s=spread([result.latency_s for result in results if result.latency_s is not None]),
        cost=spread([result.cost for result in results if result.cost is not None]),
    )


def _grader(definition: Definition, grader: str, results: Sequence[Result]) -> GraderSummary:
    found = [(result.item_id, result.score(grader)) for result in results]
    taken = [(item, score) for item, raw in found if (score := counted(raw, definition.errors)) is not None]
    errors = sum(score is None or score.value is None for _, score in found)
    items = [item for item, _ in taken]
    if not taken:
        return GraderSummary(grader=grader, samples=0, items=0, errors=errors)
    values = [score.value or 0.0 for _, score in taken]
    mean = clustered_mean(values, items)
    rate = clustered_mean([float(bool(score.passed)) for _, score in taken], items)
    pass_interval = clustered_wilson(rate, CONFIDENCE)
    is_binary = all(value in {0.0, 1.0} for value in values) and mean.value == rate.value
    return GraderSummary(
        grader=grader,
        samples=len(taken),
        items=mean.clusters,
        errors=errors,
        mean=mean.value,
        standard_error=mean.standard_error,
        interval=pass_interval if is_binary else mean.interval(CONFIDENCE),
        pass_rate=rate.value,
        pass_interval=pass_interval,
        **_passes(definition.pass_at, taken),
    )


def _passes(ks: Sequence[int], taken: Sequence[tuple[str, Score]]) -> dict[str, dict[str, float]]:
    """Return pass@k and pass^k over the items that have at least k tries."""
    tries: defaultdict[str, list[bool]] = defaultdict(list)
    for item, score in taken:
        tries[item].append(bool(score.passed))
    found: dict[str, dict[str, float]] = {"pass_at": {}, "pass_hat": {}}
    for k in ks:
        enough = [passes for passes in tries.values() if len(passes) >= k]
        for name, measure in (("pass_at", pass_at), ("pass_hat", pass_hat)):
            if enough:
                chances = [measure(k, len(passes), sum(passes)) for passes in enough]
                found[name][str(k)] = sum(chances) / len(chances)
    return found


def spread(values: Sequence[float]) -> Spread | None:
    """Return where values lie; None where there are none."""
    if not values:
        return None
    cuts = quantiles(values, n=20, method="inclusive") if len(values) > 1 else [values[0]] * 19
    return Spread(mean=sum(values) / len(values), p50=cuts[9], p95=cuts[18], total=sum(values))
