import pytest

from promptmill.cli.words import count, duration, money, rate, seconds_between, short


@pytest.mark.parametrize(
    ("dollars", "words"),
    [(0, "$0.00"), (0.0012, "$0.0012"), (0.00003, "<$0.0001"), (0.01, "$0.01"), (1234.5, "$1,234.50")],
)
def test_money_is_never_rounded_to_nothing(dollars, words):
    assert money(dollars) == words


@pytest.mark.parametrize(("seconds", "words"), [(1.25, "1.2 s"), (75, "1 min 15 s"), (7260, "2 h 1 min")])
def test_durations_are_in_the_largest_units(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (999, "999"), (1_000, "1.0k"), (34_097, "34.1k"), (340_970, "341k"), (1_200_000, "1.2M")],
)
def test_large_counts_are_short(number, words):
    assert short(number) == words


def test_nouns_follow_their_number():
    assert [count(1, "job"), count(1_319, "job")] == ["1 job", "1,319 jobs"]


def test_rates_have_as_many_digits_as_matter():
    assert [rate(0.5), rate(1_010.6)] == ["0.5", "1,011"]


def test_times_that_are_not_there_make_no_length():
    assert seconds_between("2026-01-01T00:00:00Z", "2026-01-01T00:01:00.5+00:00") == 60.5
    assert seconds_between("2026-01-01T00:00:00Z", None) is None
