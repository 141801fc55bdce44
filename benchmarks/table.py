"""Figures of several rounds as a table: medians, spread, and the ratio to one of the rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.arena import machine

RESULTS = Path(__file__).parent / "results"
Report = Mapping[str, float]


@dataclass
class Row:
    """All rounds of one contender under one condition."""

    name: str
    in_flight: int
    reports: list[Report] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        """Return the jobs a second of each round."""
        return [report["jobs"] / report["seconds"] for report in self.reports]

    @property
    def cpu_ms(self) -> list[float]:
        """Return the milliseconds of CPU a job of each round."""
        return [1000 * report["cpu_s"] / report["jobs"] for report in self.reports]


def show(title: str, rows: Sequence[Row], *, reference: str) -> None:
    """Print the rows with their ratio to the row named `reference` of the same condition."""
    table = Table(title=title)
    for column in ("contender", "in flight", "jobs/s", "spread", "ms CPU a job", f"of {reference}"):
        table.add_column(column, justify="left" if column == "contender" else "right")
    for row in rows:
        base = next((r for r in rows if r.name == reference and r.in_flight == row.in_flight), row)
        table.add_row(
            row.name,
            str(row.in_flight),
            f"{median(row.rates):,.0f}",
            f"{min(row.rates):,.0f} to {max(row.rates):,.0f}",
            f"{median(row.cpu_ms):.3f}",
            f"{median(row.rates) / median(base.rates):.2f}",
        )
    Console(width=110).print(table)


def save(name: str, rows: Sequence[Row]) -> Path:
    """Write every round of every row beside what the machine was; return the file."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    content = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rows": [{"name": r.name, "in_flight": r.in_flight, "rounds": list(r.reports)} for r in rows],
    }
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path
