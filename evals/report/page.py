"""A run as one HTML file: no network, no scripts, everything in it escaped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import jinja2
from markupsafe import Markup

from evals.comparison.compare import Comparison
from evals.plan import Provenance
from evals.report.plot import Point, plot
from evals.report.tables import comparison_table, cost_table, shown, shown_interval, summary_tables
from evals.result import OVERALL, Result, Score
from evals.summary import Summary

MOST_FAILURES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A sample that did not pass, with what was asked."""

    result: Result
    prompt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What goes into the page."""

    title: str
    subtitle: str
    """When, and which run."""
    summary: Summary
    provenance: Provenance
    series: Sequence[Point] = ()
    comparison: Comparison | None = None
    bar: float | None = None
    failures: Sequence[Failure] = field(default_factory=tuple)


def render(report: Report) -> str:
    """Return the page."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    comparison = report.comparison
    return template.render(
        report=report,
        failures=report.failures[:MOST_FAILURES],
        left_out=max(0, len(report.failures) - MOST_FAILURES),
        picture=Markup(plot(report.series, bar=report.bar)) if report.series else "",  # noqa: S704 - plot escapes
        tables=summary_tables(report.summary),
        compared=[comparison_table(comparison), cost_table(comparison)] if comparison else [],
        shown=shown,
        shown_interval=shown_interval,
    )


def failures_of(results: Sequence[Result]) -> list[Result]:
    """Return the samples that did not pass, those without a score first."""
    failed = [result for result in results if not _passed(result.score(OVERALL))]
    return sorted(failed, key=lambda result: _has_value(result.score(OVERALL)))


def _passed(score: Score | None) -> bool:
    return score is not None and bool(score.passed)


def _has_value(score: Score | None) -> bool:
    return score is not None and score.value is not None
