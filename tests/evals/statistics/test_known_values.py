"""Figures from the literature, or from R 4 and SciPy 1.17, by the calls in the comments."""

import math

import pytest

from evals.statistics.distributions import beta_cdf, binomial_cdf, t_cdf, t_quantile, t_two_sided
from evals.statistics.holm import holm, holm_levels
from evals.statistics.mcnemar import Flips
from evals.statistics.mean import clustered_mean, mean
from evals.statistics.paired import paired_difference
from evals.statistics.passes import pass_at, pass_hat
from evals.statistics.power import detectable, needed_items
from evals.statistics.proportion import clopper_pearson, clustered_wilson, wilson

# R's `sleep` data: hours of extra sleep under two drugs, ten patients (Student 1908)
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def near(value):
    return pytest.approx(value, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("found", "known"),
    [
        (t_quantile(0.975, 1), 12.7062047364),  # qt(0.975, 1)
        (t_quantile(0.975, 9), 2.2621571628),
        (t_quantile(0.025, 30), -2.0422724563),
        (t_quantile(0.9995, 1000), 3.3002827),
        (t_cdf(-2.0, 5), 0.0509697394),  # pt(-2, 5)
        (t_two_sided(2.0, 5), 0.1019394788),
        (binomial_cdf(3, 17, 0.5), 0.0063629150),  # pbinom(3, 17, 0.5)
        (beta_cdf(0.3, 2, 5), 0.579825),  # pbeta(0.3, 2, 5)
    ],
)
def test_the_distributions_are_those_of_r(found, known):
    assert found == near(known)


def test_the_paired_t_test_on_students_own_data():
    found = paired_difference(DRUG_1, DRUG_2)  # t.test(extra ~ group, sleep, paired = TRUE)
    assert found.value == near(1.58)
    assert found.value / found.standard_error == near(4.0621277)
    assert found.p_value == pytest.approx(0.00283289, rel=1e-5)
    interval = found.interval()
    assert (interval.low, interval.high) == (pytest.approx(0.7001142), pytest.approx(2.4598858))


def test_wilson_and_clopper_pearson_for_eight_of_ten():
    found = wilson(8, 10)  # binom::binom.confint(8, 10, methods = c("wilson", "exact"))
    assert (found.low, found.high) == (near(0.4901624715), near(0.9433178486))
    exact = clopper_pearson(8, 10)
    assert (exact.low, exact.high) == (near(0.4439045377), near(0.9747892737))


def test_wilson_for_none_and_for_all():
    assert (wilson(0, 20).low, wilson(20, 20).high) == (0.0, 1.0)
    assert wilson(0, 20).high == near(0.1611251581)


def test_mcnemar_on_the_approval_ratings_of_agresti():
    # Agresti, Categorical Data Analysis (1990), 350: 150 fell and 86 rose of 1,600; here by the exact test
    found = Flips(rose=86, fell=150, items=1600)
    assert found.difference == near(-0.04)
    assert found.p_value == pytest.approx(3.716e-05, rel=1e-3)
    assert found.interval().high < 0


def test_mcnemar_with_few_flips():
    assert Flips(rose=3, fell=14, items=100).p_value == near(0.012725830078125)  # binom.test(3, 17)$p.value
    assert Flips(rose=0, fell=5, items=20).p_value == near(0.0625)
    assert Flips(rose=0, fell=0, items=20).p_value == 1


def test_holm_adjusts_as_r_does():
    found = holm([0.01, 0.04, 0.03, 0.005])  # p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assert found == [near(0.03), near(0.06), near(0.06), near(0.02)]


def test_holm_holds_each_to_its_own_level_until_one_fails():
    levels = holm_levels([0.01, 0.04, 0.03, 0.005], 0.05)
    assert levels == [near(0.05 / 3), near(0.05 / 2), near(0.05 / 2), near(0.05 / 4)]


def test_pass_at_k_is_that_of_the_codex_paper():
    # 1 - prod(1 - k / arange(n - c + 1, n + 1)), its reference implementation
    assert pass_at(10, 200, 13) == near(0.4975511147)
    assert pass_at(1, 10, 3) == near(0.3)
    assert pass_at(5, 10, 6) == 1
    assert pass_hat(2, 8, 6) == near(15 / 28)
    assert pass_hat(3, 4, 2) == 0


def test_the_standard_error_of_a_mean():
    found = mean([1, 0, 1, 1, 0, 1, 1, 1])
    assert found.value == 0.75
    assert found.standard_error == near(math.sqrt(0.75 * 0.25 / 7))


def test_clusters_of_equal_answers_count_as_one_answer():
    scores, items = [1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1], [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert clustered_mean(scores, items).standard_error == near(mean([1, 0, 1, 1]).standard_error)


def test_the_clustered_error_is_millers_fourth_equation():
    scores, items = [0.9, 0.7, 0.1, 0.3, 0.8, 0.4], "aabbcc"
    middle = sum(scores) / 6
    squares = sum((one - middle) ** 2 for one in scores)
    cross = 2 * sum((scores[at] - middle) * (scores[at + 1] - middle) for at in (0, 2, 4))
    known = math.sqrt(squares + cross) / 6 * math.sqrt(3 / 2)  # the second factor corrects for few clusters
    assert clustered_mean(scores, items).standard_error == near(known)


def test_wilson_over_epochs_is_worth_between_items_and_samples():
    same = clustered_mean([1, 1, 0, 0] * 10, [at // 2 for at in range(40)])
    assert clustered_wilson(same) == wilson(10, 20)
    all_passed = clustered_mean([1] * 40, [at // 2 for at in range(40)])
    assert clustered_wilson(all_passed) == wilson(20, 20)


def test_one_item_has_no_standard_error():
    assert mean([1.0]).standard_error is None
    assert mean([1.0]).interval() is None


def test_the_needed_items_of_the_textbook():
    # power.t.test's normal limit: ((1.959964 + 0.8416212) * 0.5 / 0.05)^2 = 784.9
    assert needed_items(0.5, 0.05, alpha=0.05) == 785
    assert detectable(0.5, 785, alpha=0.05) == pytest.approx(0.05, rel=1e-3)
