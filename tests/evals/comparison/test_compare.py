import pytest

from evals.comparison.compare import Bar, below_bar, compare
from evals.comparison.difference import Method, Verdict
from evals.comparison.run import Run
from evals.errors import EvalError
from evals.result import Result, Score


def run(values, *, variants=("claude",), digest=""):
    """One result for each value of each variant; values that are lists are those of the epochs."""
    results = [
        Result(
            variant=at,
            item_id=str(item),
            item_digest=digest,
            epoch=epoch,
            scores=[Score(grader="overall", value=value, passed=value is not None and value >= 1)],
        )
        for at in range(len(variants))
        for item, tries in enumerate(values)
        for epoch, value in enumerate(tries if isinstance(tries, list) else [tries], start=1)
    ]
    return Run(variants=list(variants), results=results)


def test_a_clear_drop_is_worse_and_its_items_are_named():
    found = compare(run([1.0] * 40), run([1.0] * 28 + [0.0] * 12))
    overall = found.variants[0].overall
    assert (found.verdict, overall.method) == (Verdict.WORSE, Method.MCNEMAR)
    assert overall.fell == sorted(map(str, range(28, 40)))
    assert overall.rose == []
    assert overall.p_value == pytest.approx(2 * 0.5**12)
    assert overall.interval.high < 0
    assert "worse, 1.000 → 0.700 on 40 items" in found.reason


def test_a_clear_rise_is_better():
    assert compare(run([0.0] * 12 + [1.0] * 20), run([1.0] * 32)).verdict is Verdict.BETTER


def test_where_the_numbers_cannot_tell_the_verdict_says_how_many_items_would():
    found = compare(run([1.0] * 40), run([1.0] * 37 + [0.0] * 3))
    overall = found.variants[0].overall
    assert found.verdict is Verdict.CANNOT_TELL
    assert overall.interval.low < 0 < overall.interval.high
    assert overall.needed_items == pytest.approx(((1.959964 + 0.841621) * 0.266747 / 0.075) ** 2, abs=1)
    assert f"about {overall.needed_items} items would" in found.reason


def test_scores_between_zero_and_one_are_compared_by_students_t():
    before, after = [0.5 + at / 100 for at in range(30)], [0.4 + at / 99 for at in range(30)]
    overall = compare(run(before), run(after)).variants[0].overall
    assert (overall.method, overall.verdict) == (Method.PAIRED_T, Verdict.WORSE)


def test_few_items_that_all_fell_alike_prove_nothing():
    assert compare(run([0.5] * 4), run([0.4] * 4)).verdict is Verdict.CANNOT_TELL


def test_the_level_is_shared_by_the_looks_of_a_series():
    before, after = run([1.0] * 40), run([1.0] * 33 + [0.0] * 7)
    assert compare(before, after, Bar(looks=1)).verdict is Verdict.WORSE
    assert compare(before, after, Bar(looks=30)).verdict is Verdict.CANNOT_TELL


def test_several_variants_share_the_level_by_holm():
    before = run([1.0] * 40, variants=("a", "b", "c"))
    after = run([1.0] * 33 + [0.0] * 7, variants=("a", "b", "c"))
    found = compare(before, after, Bar(alpha=0.02))
    assert [variant.overall.p_value for variant in found.variants] == [pytest.approx(2 * 0.5**7)] * 3
    assert found.verdict is Verdict.CANNOT_TELL
    assert compare(before, after, Bar(alpha=0.05)).verdict is Verdict.WORSE


def test_a_run_below_the_bar_is_worse_whatever_came_before():
    low = run([0.0] * 10)
    found = compare(low, low, Bar(fail_below=0.5))
    assert found.verdict is Verdict.WORSE
    assert found.reason.startswith("claude: 0.000 is below the bar of 0.5")
    assert below_bar("claude", 0.6, 0.5) is None


def test_epochs_are_averaged_before_items_are_compared():
    found = compare(run([[1.0, 1.0]] * 10), run([[1.0, 0.0]] * 10)).variants[0].overall
    assert (found.items, found.before, found.after) == (10, 1, 0.5)


def test_items_that_changed_or_have_no_score_are_left_out_and_counted():
    found = compare(run([1.0, 1.0, None]), run([1.0, 0.0, 1.0])).variants[0]
    assert (found.overall.items, found.left_out) == (2, 1)
    with pytest.raises(EvalError, match="no graded item in common"):
        compare(run([1.0], digest="old"), run([1.0], digest="new"))


def test_two_models_are_compared_as_before_and_after():
    found = compare(run([1.0], variants=("a",)), run([1.0], variants=("b",)))
    assert found.variants[0].name == "a → b"
    with pytest.raises(EvalError, match="no model and parameters in common"):
        compare(run([1.0], variants=("a", "b")), run([1.0], variants=("c", "d")))


def test_several_earlier_runs_make_one_side():
    once = run([1.0] * 20)
    pooled = Run(variants=once.variants, results=[*once.results, *run([0.0] * 20).results])
    assert compare(pooled, once).variants[0].overall.before == 0.5
