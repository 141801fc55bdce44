"""One grader's scores in two runs, item by item: what changed, and how sure that is."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property

import msgspec

from evals.comparison.run import ItemKey, ItemScore
from evals.statistics.interval import Interval
from evals.statistics.mcnemar import Flips
from evals.statistics.paired import PairedDifference, paired_difference
from evals.statistics.power import detectable, needed_items

SMALLEST_EFFECT = 0.01
"""Differences below it are not worth planning for: what is said of needed items is about this one then."""


class Verdict(StrEnum):
    """What became of the answers."""

    BETTER = "better"
    WORSE = "worse"
    CANNOT_TELL = "cannot_tell"


class Method(StrEnum):
    """Which test spoke."""

    MCNEMAR = "McNemar's exact test"
    """Where each item has one outcome, pass or fail, before and after."""
    PAIRED_T = "paired t test"


class Difference(msgspec.Struct, kw_only=True, frozen=True):
    """One grader, before and after, on the items that both runs have."""

    grader: str
    items: int
    before: float
    after: float
    value: float
    """after - before."""
    standard_error: float
    interval: Interval
    """At 1 - `level`; excludes zero exactly where `p_value` is below `level`."""
    p_value: float
    p_adjusted: float
    """By Holm, over the metrics that were tested together."""
    level: float
    method: Method
    verdict: Verdict
    mcnemar_p: float
    """Of pass or fail, whichever test spoke; with epochs, of what most of them did."""
    rose: list[str]
    """Items that failed before and pass now."""
    fell: list[str]
    needed_items: int | None = None
    """How many items show a difference as large as this one (at least of 0.01) with a chance of 80 %."""
    detectable: float | None = None
    """The smallest difference that as many items as these show with a chance of 80 %."""


class Test:
    """The test of one grader, before the level is known at which it is held."""

    __test__ = False  # for pytest, which takes the name for one of its own

    def __init__(
        self, grader: str, before: Mapping[ItemKey, ItemScore], after: Mapping[ItemKey, ItemScore]
    ) -> None:
        self.grader = grader
        keys = sorted(before.keys() & after.keys())
        self._old = [before[key] for key in keys]
        self._new = [after[key] for key in keys]
        self._ids = [item_id for item_id, _ in keys]
        self.items = len(keys)
        self._rose = self._flipped(self._old, self._new)
        self._fell = self._flipped(self._new, self._old)
        self._flips = Flips(rose=len(self._rose), fell=len(self._fell), items=max(self.items, 1))
        self._is_binary = all(
            one.value in {0.0, 1.0} and one.value == one.pass_rate for one in [*self._old, *self._new]
        )

    @property
    def p_value(self) -> float:
        """Return the p-value of the test that fits the scores."""
        return self._flips.p_value if self._is_binary else self._paired.cautious_p_value

    def held_to(self, level: float, p_adjusted: float) -> Difference:
        """Return what the test says at a level."""
        paired, flips, is_binary = self._paired, self._flips, self._is_binary
        interval = flips.interval(1 - level) if is_binary else paired.cautious_interval(1 - level)
        verdict = Verdict.CANNOT_TELL
        if interval.excludes_zero:
            verdict = Verdict.BETTER if paired.value > 0 else Verdict.WORSE
        return Difference(
            grader=self.grader,
            items=self.items,
            before=sum(one.value for one in self._old) / self.items,
            after=sum(one.value for one in self._new) / self.items,
            value=paired.value,
            standard_error=paired.standard_error,
            interval=interval,
            p_value=self.p_value,
            p_adjusted=p_adjusted,
            level=level,
            method=Method.MCNEMAR if is_binary else Method.PAIRED_T,
            verdict=verdict,
            mcnemar_p=flips.p_value,
            rose=self._rose,
            fell=self._fell,
            needed_items=self._needed(paired, level),
            detectable=detectable(paired.deviation, self.items, alpha=level) if paired.deviation else None,
        )

    @cached_property
    def _paired(self) -> PairedDifference:
        return paired_difference([one.value for one in self._old], [one.value for one in self._new])

    def _flipped(self, failed: list[ItemScore], passed: list[ItemScore]) -> list[str]:
        triples = zip(self._ids, failed, passed, strict=True)
        return [item for item, bad, good in triples if good.passed and not bad.passed]

    def _needed(self, paired: PairedDifference, level: float) -> int | None:
        if not paired.deviation:
            return None
        return needed_items(paired.deviation, max(abs(paired.value), SMALLEST_EFFECT), alpha=level)
