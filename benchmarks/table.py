"""Figures of several rounds as a table: medians, spread, and the ratio to one of the rows."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import ROOT, machine

RESULTS = ROOT / "benchmarks" / "results"
Report = Mapping[str, float]
Result = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One figure of a table."""

    title: str
    of: Callable[[Report], float]
    form: str = ",.0f"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a benchmark's table shows; its first column is shown with its spread, and compared."""

    name: str
    question: str
    condition: str
    columns: tuple[Column, ...]
    reference: str


@dataclass
class Row:
    """All rounds of one contender under one condition."""

    name: str
    condition: str
    reports: list[Report] = field(default_factory=list)


def result(layout: Layout, rows: Sequence[Row], notes: Mapping[str, Any]) -> Result:
    """Return what was measured as JSON can keep it: every round, the figures, and what the machine was."""
    return {
        "benchmark": layout.name,
        "question": layout.question,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "condition": layout.condition,
        "reference": layout.reference,
        "columns": [{"title": column.title, "form": column.form} for column in layout.columns],
        "rows": [
            {
                "name": row.name,
                "condition": row.condition,
                "figures": {column.title: _figures(column, row) for column in layout.columns},
                "rounds": list(row.reports),
            }
            for row in rows
        ],
        "notes": dict(notes),
    }


def _figures(column: Column, row: Row) -> dict[str, float] | None:
    found = [column.of(report) for report in row.reports]
    return {"median": median(found), "low": min(found), "high": max(found)} if found else None


def header(told: Result) -> list[str]:
    """Return the titles of the columns."""
    first, *others = [column["title"] for column in told["columns"]]
    compared = [f"of {told['reference']}"] if told["reference"] else []
    return ["contender", told["condition"], first, "spread", *others, *compared]


def cells(told: Result) -> list[list[str]]:
    """Return the rows as text."""
    return [_cells(told, row) for row in told["rows"]]


def _cells(told: Result, row: Mapping[str, Any]) -> list[str]:
    first, *others = told["columns"]
    main = row["figures"][first["title"]]
    if main is None:
        return [row["name"], row["condition"], "failed"] + [""] * (len(header(told)) - 3)
    spread = f"{main['low']:{first['form']}} to {main['high']:{first['form']}}"
    shown = [f"{row['figures'][each['title']]['median']:{each['form']}}" for each in others]
    compared = [_ratio(told, row)] if told["reference"] else []
    return [row["name"], row["condition"], f"{main['median']:{first['form']}}", spread, *shown, *compared]


def _ratio(told: Result, row: Mapping[str, Any]) -> str:
    title = told["columns"][0]["title"]
    for other in told["rows"]:
        if other["name"] == told["reference"] and other["condition"] == row["condition"]:
            base = other["figures"][title]
            return f"{row['figures'][title]['median'] / base['median']:.2f}" if base else ""
    return ""


def show(told: Result) -> None:
    """Print the table."""
    table = Table(title=told["benchmark"])
    for index, title in enumerate(header(told)):
        table.add_column(title, justify="right" if index else "left", no_wrap=not index)
    for row in cells(told):
        table.add_row(*row)
    Console(width=150).print(table)


def save(told: Result) -> Path:
    """Write the result into the folder of results; return its file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{told['benchmark']}.json"
    path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return path
