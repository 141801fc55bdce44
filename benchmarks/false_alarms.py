"""How often an evaluation that did not change is reported as worse, and how often one that did is not.

Each row simulates series of nightly runs, every run compared with the one before. `looks` is how many
comparisons share the level: the share of series with any false alarm is to stay below alpha.
"""

import argparse
import time

from evals.comparison.compare import Bar
from evals.comparison.false_alarms import Series, simulate

ALPHA = 0.05
ROWS = (
    Series(),
    Series(items=50),
    Series(items=200, accuracy=0.97),
    Series(items=100, epochs=4),
    Series(runs=30, items=100),
    Series(drop=0.10, items=500),
    Series(drop=0.20, items=200),
)


def main() -> None:
    """Print one row for each kind of series."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20_261_130)
    options = parser.parse_args()
    print(
        "runs  items  epochs  accuracy  drop   series called worse   comparisons called worse   stated level"
    )
    for row in ROWS:
        started = time.perf_counter()
        bar = Bar(alpha=ALPHA, looks=row.runs - 1)
        found = simulate(row, bar, count=options.series, seed=options.seed)
        print(
            f"{row.runs:4}  {row.items:5}  {row.epochs:6}  {row.accuracy:8.2f}  {row.drop:4.2f}   "
            f"{found.worse:7} of {found.series:4} {found.worse_rate:6.1%}   "
            f"{found.worse_comparisons:10} of {found.comparisons:5}          "
            f"{ALPHA:.0%} a series   ({time.perf_counter() - started:.1f} s)"
        )


if __name__ == "__main__":
    main()
