"""Writes the tables of `benchmarks/results/` into `benchmarks/README.md`, between their marks."""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.table import RESULTS, Result, cells, header

README = Path(__file__).with_name("README.md")
ORDER = ("execute", "stream", "submit", "latency", "scale", "fanout", "memory")
BEGIN, END = "<!-- tables: made by `python -m benchmarks.publish --write` -->", "<!-- /tables -->"


def main() -> None:
    """Print the tables, or write them where they belong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="rewrite the marked section of README.md")
    given = parser.parse_args()
    known = {name: RESULTS / f"{name}.json" for name in ORDER}
    found = [json.loads(path.read_text(encoding="utf-8")) for path in known.values() if path.exists()]
    if not found:
        sys.exit(f"{RESULTS} has no results yet: run `make bench`")
    tables = "\n\n".join(map(section, found))
    if not given.write:
        print(tables)
        return
    text = README.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        sys.exit(f"{README} has lost its marks: it needs the lines {BEGIN!r} and {END!r}")
    marked = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    README.write_text(marked.sub(lambda _: f"{BEGIN}\n\n{tables}\n\n{END}", text), encoding="utf-8")


def section(told: Result) -> str:
    """Return one benchmark's heading, table and circumstances."""
    titles = header(told)
    rule = ["---" if index == 0 else "---:" for index in range(len(titles))]
    lines = [f"### {told['benchmark']}", "", told["question"], ""]
    lines += [f"| {' | '.join(row)} |" for row in (titles, rule, *cells(told))]
    lines += ["", _circumstances(told)]
    lines += [f"{name}: {text}" for name, text in told["notes"].items() if isinstance(text, str)]
    return "\n".join(lines)


def _circumstances(told: Result) -> str:
    machine = told["machine"]
    rounds = max((len(row["rounds"]) for row in told["rows"]), default=0)
    return (
        f"{told['measured_at'][:10]}, commit {machine['commit']}, medians of {rounds} rounds, "
        f"{machine['cores']} cores of an {machine['processor']}, "
        f"{'pinned' if machine['pinned'] else 'not pinned'}, Python {machine['python']}, "
        f"{_versions(machine['versions'])}; peers: {_versions(machine['peers'])}."
    )


def _versions(found: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())


if __name__ == "__main__":
    main()
