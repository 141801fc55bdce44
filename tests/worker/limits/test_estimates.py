from worker.limits.estimates import LONGEST_KEPT, Estimates


def test_an_unknown_models_estimate_stands_as_it_is():
    assert Estimates().corrected("m", 100) == 100


def test_estimates_follow_what_answers_said():
    estimates = Estimates()
    for _ in range(5):
        estimates.learn("m", 100, 150)
    assert estimates.corrected("m", 200) == 300
    assert estimates.corrected("another", 200) == 200


def test_long_prompts_weigh_more_than_short_ones():
    estimates = Estimates()
    estimates.learn("m", 10_000, 8_000)
    estimates.learn("m", 10, 40)
    assert 0.79 < estimates.corrected("m", 10_000) / 10_000 < 0.82


def test_what_changed_is_forgotten_after_some_answers():
    estimates = Estimates()
    for actual in [300] * 200 + [50] * 200:
        estimates.learn("m", 100, actual)
    assert estimates.corrected("m", 100) in range(50, 56)


def test_prompts_that_come_from_the_cache_count_little_and_never_nothing():
    estimates = Estimates()
    estimates.learn("m", 10_000, 0)
    assert estimates.corrected("m", 10_000) == 200
    assert estimates.corrected("m", 0) == 1


def test_an_estimate_of_nothing_teaches_nothing():
    estimates = Estimates()
    estimates.learn("m", 0, 50)
    assert estimates.corrected("m", 100) == 100


def test_made_up_model_names_do_not_fill_the_memory():
    estimates = Estimates()
    for number in range(LONGEST_KEPT + 5):
        estimates.learn(f"m{number}", 100, 200)
    assert estimates.corrected("m0", 100) == 100
    assert estimates.corrected(f"m{LONGEST_KEPT}", 100) == 200
