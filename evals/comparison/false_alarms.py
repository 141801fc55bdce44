"""How often an unchanged model is called worse: series of runs simulated, each compared with the one before.

An item's chance to pass is drawn once (Beta-distributed around the accuracy: some items are easy, some hard)
and stays; each run draws its answers anew. Nothing changes, so every verdict is a mistake.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from evals.comparison.compare import Bar, compare
from evals.comparison.difference import Verdict
from evals.comparison.run import Run
from evals.result import OVERALL, Result, Score

CONCENTRATION = 2.0
"""How alike items are: the lower, the more of them pass nearly always or nearly never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What is simulated."""

    runs: int = 5
    items: int = 200
    epochs: int = 1
    accuracy: float = 0.8
    drop: float = 0.0
    """By how much the accuracy of the last run is lower; zero for false alarms, above it for power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """How often a verdict came up."""

    series: int
    worse: int
    """Series in which any run was called worse."""
    better: int
    comparisons: int
    worse_comparisons: int

    @property
    def worse_rate(self) -> float:
        """Return the share of series with an alarm."""
        return self.worse / self.series


def simulate(series: Series, bar: Bar, *, count: int, seed: int) -> Alarms:
    """Simulate `count` series; the same seed gives the same figures."""
    numbers = random.Random(seed)  # noqa: S311 - a simulation that can be run again
    found = [_verdicts(series, bar, numbers) for _ in range(count)]
    return Alarms(
        series=count,
        worse=sum(Verdict.WORSE in verdicts for verdicts in found),
        better=sum(Verdict.BETTER in verdicts for verdicts in found),
        comparisons=sum(len(verdicts) for verdicts in found),
        worse_comparisons=sum(verdicts.count(Verdict.WORSE) for verdicts in found),
    )


def _verdicts(series: Series, bar: Bar, numbers: random.Random) -> list[Verdict]:
    chances = [
        numbers.betavariate(CONCENTRATION * series.accuracy, CONCENTRATION * (1 - series.accuracy))
        for _ in range(series.items)
    ]
    runs = [_run(chances, series.epochs, numbers) for _ in range(series.runs - 1)]
    kept = 1 - series.drop / series.accuracy
    runs.append(_run([chance * kept for chance in chances], series.epochs, numbers))
    return [compare(before, after, bar).verdict for before, after in pairwise(runs)]


def _run(chances: Sequence[float], epochs: int, numbers: random.Random) -> Run:
    results = [
        _result(str(item), epoch, passed=numbers.random() < chance)
        for item, chance in enumerate(chances)
        for epoch in range(1, epochs + 1)
    ]
    return Run(variants=["simulated"], results=results)


def _result(item_id: str, epoch: int, *, passed: bool) -> Result:
    score = Score(grader=OVERALL, value=float(passed), passed=passed)
    return Result(variant=0, item_id=item_id, item_digest="", epoch=epoch, scores=[score])
