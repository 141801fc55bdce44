from hypothesis import given
from hypothesis import strategies as st

from evals.statistics.holm import holm, holm_levels
from evals.statistics.mcnemar import Flips
from evals.statistics.mean import clustered_mean, mean
from evals.statistics.paired import paired_difference
from evals.statistics.passes import pass_at, pass_hat
from evals.statistics.proportion import clopper_pearson, wilson

SCORES = st.lists(st.floats(0, 1), min_size=2, max_size=40)
ALPHAS = st.sampled_from([0.2, 0.05, 0.01, 0.05 / 30])
FLIPS = st.builds(
    lambda rose, fell, rest: Flips(rose=rose, fell=fell, items=rose + fell + rest),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(1, 40),
)


@given(SCORES)
def test_clusters_of_one_are_no_clusters(scores):
    assert clustered_mean(scores, range(len(scores))) == mean(scores)


@given(st.integers(1, 200), st.data())
def test_intervals_of_a_rate_hold_the_rate(count, data):
    passes = data.draw(st.integers(0, count))
    for found in (wilson(passes, count), clopper_pearson(passes, count)):
        assert 0 <= found.low <= passes / count + 1e-9
        assert passes / count - 1e-9 <= found.high <= 1


@given(FLIPS, ALPHAS)
def test_the_interval_of_mcnemar_agrees_with_its_p_value(flips, alpha):
    if abs(flips.p_value - alpha) > 1e-9:
        assert flips.interval(1 - alpha).excludes_zero is (flips.p_value < alpha)


@given(SCORES, ALPHAS, st.data())
def test_the_cautious_interval_agrees_with_its_p_value(before, alpha, data):
    after = data.draw(st.lists(st.floats(0, 1), min_size=len(before), max_size=len(before)))
    found = paired_difference(before, after)
    p_value = found.cautious_p_value
    if abs(p_value - alpha) > 1e-9:
        assert found.cautious_interval(1 - alpha).excludes_zero is (p_value < alpha)


@given(SCORES, st.data())
def test_the_paired_difference_turned_round_is_its_negative(before, data):
    after = data.draw(st.lists(st.floats(0, 1), min_size=len(before), max_size=len(before)))
    there, back = paired_difference(before, after), paired_difference(after, before)
    assert there.value == -back.value
    assert abs(there.p_value - back.p_value) < 1e-9


@given(st.integers(1, 30), st.data())
def test_more_tries_help_one_of_them_and_hurt_all_of_them(tries, data):
    passes = data.draw(st.integers(0, tries))
    any_passes = [pass_at(k, tries, passes) for k in range(1, tries + 1)]
    all_pass = [pass_hat(k, tries, passes) for k in range(1, tries + 1)]
    assert any_passes == sorted(any_passes)
    assert all_pass == sorted(all_pass, reverse=True)
    assert abs(any_passes[0] - all_pass[0]) < 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), ALPHAS)
def test_holms_levels_reject_what_his_adjusted_values_reject(p_values, alpha):
    for p, adjusted, level in zip(p_values, holm(p_values), holm_levels(p_values, alpha), strict=True):
        if abs(adjusted - alpha) > 1e-12:
            assert (p < level) is (adjusted < alpha)
