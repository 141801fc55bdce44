"""Compares a run with an earlier one and says, in one word and one sentence, what became of the answers.

What is decided is the overall score. Several variants share the level by Holm; so do the single graders among
themselves, which are shown for the reader and decide nothing. The level is `alpha / looks` (Bonferroni over
the runs of a schedule): of a series of up to `looks` comparisons in which nothing changes, at most a share of
`alpha` ever sees a verdict other than "cannot tell", however the comparisons depend on each other.
"""

from collections.abc import Sequence

import msgspec

from evals.comparison.difference import Difference, Test, Verdict
from evals.comparison.run import Run, item_scores, paired_variants
from evals.definition.definition import Errors
from evals.errors import EvalError
from evals.result import OVERALL, Result
from evals.statistics.holm import holm, holm_levels
from evals.summary import Spread, spread


class Bar(msgspec.Struct, kw_only=True, frozen=True):
    """How sure one wants to be."""

    alpha: float = 0.05
    looks: int = 1
    fail_below: float | None = None
    """A run whose overall mean is under it is worse, whatever came before."""
    errors: Errors = Errors.EXCLUDE

    @property
    def level(self) -> float:
        """Return the level of one comparison."""
        return self.alpha / self.looks


class VariantComparison(msgspec.Struct, kw_only=True, frozen=True):
    """One variant, before and after."""

    name: str
    overall: Difference
    graders: list[Difference]
    left_out: int
    """Items that only one of the runs has, or that have no score in one of them."""
    latency_s: tuple[Spread | None, Spread | None] = (None, None)
    cost: tuple[Spread | None, Spread | None] = (None, None)


class Comparison(msgspec.Struct, kw_only=True, frozen=True):
    """Two runs."""

    verdict: Verdict
    reason: str
    """One sentence for people, with the numbers."""
    variants: list[VariantComparison]


def compare(before: Run, after: Run, bar: Bar | None = None) -> Comparison:
    """Compare two runs on the items that both have; raises EvalError where they have none in common."""
    bar = bar or Bar()
    pairs = paired_variants(before, after)
    tests = [_test(old, new, OVERALL, bar) for _, old, new in pairs]
    if not all(test.items for test in tests):
        raise EvalError("the two runs have no graded item in common: there is nothing to compare")
    overall = _held(tests, bar.level)
    variants = [
        _variant(name, old, new, difference, bar)
        for (name, old, new), difference in zip(pairs, overall, strict=True)
    ]
    return Comparison(verdict=_verdict(overall, bar), reason=_reason(variants, bar), variants=variants)


def below_bar(name: str, mean: float | None, bar: float | None) -> str | None:
    """Return why a run fails on its own, if it does."""
    if mean is None or bar is None or mean >= bar:
        return None
    return f"{name}: {mean:.3f} is below the bar of {bar:g}"


def _test(old: Sequence[Result], new: Sequence[Result], grader: str, bar: Bar) -> Test:
    return Test(grader, item_scores(old, grader, bar.errors), item_scores(new, grader, bar.errors))


def _held(tests: Sequence[Test], level: float) -> list[Difference]:
    p_values = [test.p_value for test in tests]
    held = zip(tests, holm_levels(p_values, level), holm(p_values), strict=True)
    return [test.held_to(step, adjusted) for test, step, adjusted in held]


def _variant(
    name: str, old: Sequence[Result], new: Sequence[Result], overall: Difference, bar: Bar
) -> VariantComparison:
    graders = dict.fromkeys(score.grader for result in [*old, *new] for score in result.scores)
    tests = [_test(old, new, grader, bar) for grader in graders if grader != OVERALL]
    seen = {(result.item_id, result.item_digest) for result in [*old, *new]}
    return VariantComparison(
        name=name,
        overall=overall,
        graders=_held([test for test in tests if test.items], bar.level),
        left_out=len(seen) - overall.items,
        latency_s=(_spread(old, "latency_s"), _spread(new, "latency_s")),
        cost=(_spread(old, "cost"), _spread(new, "cost")),
    )


def _spread(results: Sequence[Result], field: str) -> Spread | None:
    return spread([value for result in results if (value := getattr(result, field)) is not None])


def _verdict(overall: Sequence[Difference], bar: Bar) -> Verdict:
    verdicts = {difference.verdict for difference in overall}
    is_low = any(below_bar("", difference.after, bar.fail_below) for difference in overall)
    if Verdict.WORSE in verdicts or is_low:
        return Verdict.WORSE
    return Verdict.BETTER if Verdict.BETTER in verdicts else Verdict.CANNOT_TELL


def _reason(variants: Sequence[VariantComparison], bar: Bar) -> str:
    sentences = []
    for variant in variants:
        low = below_bar(variant.name, variant.overall.after, bar.fail_below)
        sentences += [low] if low else []
        sentences.append(f"{variant.name}: {_sentence(variant.overall)}")
    return "; ".join(sentences)


def _sentence(found: Difference) -> str:
    numbers = (
        f"{found.before:.3f} → {found.after:.3f} on {found.items:,} items, {found.value:+.3f} "
        f"[{found.interval.low:+.3f}, {found.interval.high:+.3f}], p = {found.p_value:.2g} ({found.method})"
    )
    if found.verdict is not Verdict.CANNOT_TELL:
        return f"{found.verdict}, {numbers}"
    if found.needed_items is None:
        return f"cannot tell, {numbers}: no item scored differently"
    return f"cannot tell, {numbers}: about {found.needed_items:,} items would, were the difference real"
