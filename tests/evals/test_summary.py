import pytest

from evals.result import Result, Score
from evals.statistics.proportion import wilson
from evals.summary import summarize


def result(item, epoch, value, *, group=None, error=None, latency_s=None):
    passed = None if value is None else value >= 1
    scores = [Score(grader=name, value=value, passed=passed, error=error) for name in ("overall", "exact")]
    return Result(
        variant=0, item_id=item, item_digest="", epoch=epoch, scores=scores, group=group, latency_s=latency_s
    )


def summed(make_definition, results, **fields):
    return summarize(make_definition(**fields), ["claude"], results).variants[0]


def test_a_pass_rate_has_wilsons_interval(make_definition):
    found = summed(make_definition, [result(str(at), 1, float(at < 8)) for at in range(10)])
    assert [grader.grader for grader in found.graders] == ["overall", "exact"]
    assert (found.overall.mean, found.overall.pass_rate) == (0.8, 0.8)
    assert found.overall.interval == found.overall.pass_interval == wilson(8, 10)


def test_a_graded_score_has_an_interval_by_students_t(make_definition):
    found = summed(make_definition, [result(str(at), 1, at / 10) for at in range(10)]).overall
    assert found.mean == pytest.approx(0.45)
    assert found.interval.low == pytest.approx(0.45 - 2.2621571628 * 0.3027650354 / 10**0.5)


def test_errors_are_told_apart_and_count_as_chosen(make_definition):
    results = [
        result("a", 1, 1.0),
        result("b", 1, 1.0),
        result("c", 1, None, error="no"),
        result("d", 1, 0.0),
    ]
    apart = summed(make_definition, results)
    as_zero = summed(make_definition, results, errors="zero")
    assert (apart.errored, apart.overall.samples, apart.overall.mean) == (1, 3, pytest.approx(2 / 3))
    assert (as_zero.errored, as_zero.overall.samples, as_zero.overall.mean) == (1, 4, 0.5)


def test_epochs_of_one_item_belong_together(make_definition):
    results = [result(str(item), epoch, float(item % 2)) for item in range(10) for epoch in range(1, 5)]
    found = summed(make_definition, results, epochs=4, pass_at=[1, 4]).overall
    assert (found.samples, found.items) == (40, 10)
    assert found.interval == wilson(5, 10)
    assert found.pass_at == {"1": 0.5, "4": 0.5}
    assert found.pass_hat == {"1": 0.5, "4": 0.5}


def test_groups_are_summed_up_on_their_own(make_definition):
    results = [result("a", 1, 1.0, group="easy"), result("b", 1, 0.0, group="hard"), result("c", 1, 0.0)]
    found = summed(make_definition, results, group_by="level").groups
    assert {group: one.mean for group, one in found.items()} == {"easy": 1, "hard": 0, "(none)": 0}


def test_latency_is_given_by_its_middle_and_its_tail(make_definition):
    found = summed(make_definition, [result(str(at), 1, 1.0, latency_s=at / 100) for at in range(101)])
    assert (found.latency_s.p50, found.latency_s.p95) == (pytest.approx(0.5), pytest.approx(0.95))


def test_a_run_without_any_result_has_no_mean(make_definition):
    assert summed(make_definition, []).overall.mean is None
    assert summed(make_definition, [result("a", 1, None, error="no")]).overall.mean is None
