import pytest

from evals.comparison.compare import Bar
from evals.comparison.false_alarms import Series, simulate

ALPHA = 0.05
SERIES = 200


@pytest.mark.parametrize(
    "series", [Series(items=60), Series(items=30, epochs=3), Series(items=60, accuracy=0.97)]
)
def test_series_in_which_nothing_changes_raise_fewer_false_alarms_than_stated(series):
    found = simulate(series, Bar(alpha=ALPHA, looks=series.runs - 1), count=SERIES, seed=5)
    assert found.worse_rate < ALPHA
    assert found.comparisons == SERIES * (series.runs - 1)


def test_a_planted_drop_is_found():
    bar = Bar(alpha=ALPHA, looks=1)
    assert simulate(Series(runs=2, items=200, drop=0.2), bar, count=20, seed=5).worse >= 18
