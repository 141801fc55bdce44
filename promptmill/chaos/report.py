"""The suite's findings, as a table and as JSON."""

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from promptmill.chaos.finding import Finding

LEGEND = """\
[dim]duplicate calls: made again, of those in flight as a worker was lost
worst recovery: from a fault, or its end, to the next job shown as ended[/dim]"""


def report_json(findings: Sequence[Finding], *, seed: int) -> dict[str, Any]:
    """Return what `--json` prints."""
    return {
        "seed": seed,
        "sound": all(finding.is_sound for finding in findings),
        "jobs": sum(finding.jobs for finding in findings),
        "lost": sum(finding.lost for finding in findings),
        "doubled": sum(finding.doubled for finding in findings),
        "duplicate_calls": sum(finding.duplicate_calls for finding in findings),
        "worst_recovery_s": _worst(findings),
        "findings": msgspec.to_builtins(findings),
    }


def report(findings: Sequence[Finding]) -> Group:
    """Return the table, one line for each kind of fault, and what else was found below it."""
    table = Table(box=None, padding=(0, 1, 0, 0), show_footer=True, header_style="bold")
    table.add_column("fault", footer=Text("all", style="bold"), no_wrap=True)
    totals = _cells(findings)
    names = ("times", "jobs", "lost", "doubled", "duplicate\ncalls", "worst\nrecovery")
    for name, total in zip(names, totals, strict=True):
        table.add_column(name, justify="right", footer=f"[bold]{total}[/]", no_wrap=True)
    for title in dict.fromkeys(finding.title for finding in findings):
        table.add_row(title, *_cells([finding for finding in findings if finding.title == title]))
    return Group("", table, "", *_notes(findings))


def _cells(findings: Sequence[Finding]) -> list[str]:
    duplicates = sum(finding.duplicate_calls for finding in findings)
    allowed = sum(finding.in_flight for finding in findings)
    too_many = any(finding.has_too_many_calls for finding in findings)
    recovery = _worst(findings)
    return [
        f"{sum(finding.struck for finding in findings):,}",
        f"{sum(finding.jobs for finding in findings):,}",
        _bad(sum(finding.lost for finding in findings)),
        _bad(sum(finding.doubled for finding in findings)),
        f"[red]{duplicates:,}[/] of {allowed:,}" if too_many else f"{duplicates:,} of {allowed:,}",
        "-" if recovery is None else f"{recovery:.1f} s",
    ]


def _bad(number: int) -> str:
    return f"[bold red]{number:,}[/]" if number else "0"


def _worst(findings: Sequence[Finding]) -> float | None:
    return max((f.recovery_s for f in findings if f.recovery_s is not None), default=None)


def _notes(findings: Sequence[Finding]) -> list[str]:
    problems = [(finding.title, problem) for finding in findings for problem in finding.problems]
    remarks = [(finding.title, remark) for finding in findings for remark in finding.remarks]
    return [
        *(f"[bold red]broken[/]  {escape(title)}: {escape(problem)}" for title, problem in problems),
        *(f"[yellow]noted[/]   {escape(title)}: {escape(remark)}" for title, remark in remarks),
        LEGEND,
    ]
