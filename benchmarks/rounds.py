"""The frame of every benchmark: all contenders in turn, the other way round in every second round."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

from benchmarks.arena import ContenderError
from benchmarks.table import Layout, Report, Row, result, save, show

ROUNDS = 5
FAULTS = (ContenderError, SystemExit, OSError, TimeoutExpired)  # of one contender in one round


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One row of a table, and how it is measured once."""

    name: str
    condition: str
    measure: Callable[[], Report]


def arguments(description: str | None, *, rounds: int = ROUNDS) -> argparse.ArgumentParser:
    """Return the options that all benchmarks take."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--only", nargs="+", default=[""], help="parts of the names of contenders")
    return parser


def run(
    layout: Layout,
    entries: Sequence[Entry],
    given: argparse.Namespace,
    *,
    notes: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    """Measure every entry `given.rounds` times, print the table and save the result.

    A part of the contenders is only printed. Exits with 1 where a contender failed.
    """
    chosen = [each for each in entries if any(part in each.name for part in given.only)]
    rows = [Row(each.name, each.condition) for each in chosen]
    failed = False
    for turn in range(given.rounds):
        pairs = list(zip(chosen, rows, strict=True))
        for entry, row in pairs if turn % 2 == 0 else reversed(pairs):
            print(f"round {turn + 1}: {entry.name}, {entry.condition}", file=sys.stderr, flush=True)
            try:
                row.reports.append(entry.measure())
            except FAULTS as error:
                failed = True
                print(f"{entry.name}, {entry.condition}: {error}", file=sys.stderr, flush=True)
    told = result(layout, rows, notes())
    show(told)
    if given.only == [""]:
        print(f"all rounds are in {save(told).relative_to(Path.cwd())}")
    sys.exit(1 if failed else 0)
