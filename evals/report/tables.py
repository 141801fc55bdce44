"""What a run or a comparison says, as tables of text; whoever prints them decides how they look."""

from collections.abc import Sequence
from dataclasses import dataclass

from evals.comparison.compare import Comparison
from evals.comparison.difference import Difference
from evals.statistics.interval import Interval
from evals.summary import GraderSummary, Spread, Summary, VariantSummary

NOTHING = "\N{EN DASH}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns; the first column names the row."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def summary_tables(summary: Summary) -> list[Table]:
    """Return the tables of a run: for each variant one of its graders, and one of its groups if any."""
    tables = []
    for variant in summary.variants:
        tables.append(_grader_table(variant))
        if variant.groups:
            rows = [_grader_row(group, found) for group, found in variant.groups.items()]
            tables.append(Table(title=f"{variant.name}, by group", columns=_columns(variant), rows=rows))
    return tables


def comparison_table(comparison: Comparison) -> Table:
    """Return the table of a comparison: a row for each variant and grader."""
    rows = [
        _difference_row(variant.name, difference)
        for variant in comparison.variants
        for difference in (variant.overall, *variant.graders)
    ]
    columns = (
        "score",
        "before",
        "after",
        "difference",
        "interval",
        "p",
        "p (Holm)",
        "rose",
        "fell",
        "verdict",
    )
    return Table(title="Compared with the run before", columns=columns, rows=rows)


def cost_table(comparison: Comparison) -> Table:
    """Return cost and latency before and after, beside the quality."""
    rows = []
    for variant in comparison.variants:
        for label, (before, after), unit in (
            ("latency", variant.latency_s, "s"),
            ("cost of a sample", variant.cost, "$"),
        ):
            rows.append((f"{variant.name}: {label}", _middle(before, unit), _middle(after, unit)))
    return Table(title="Latency and cost", columns=("", "before", "after"), rows=rows)


def shown(value: float | None, digits: int = 3) -> str:
    """Write a number, or a dash where there is none."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def shown_interval(interval: Interval | None, *, signed: bool = False) -> str:
    """Write an interval, or a dash where there is none."""
    sign = "+" if signed else ""
    return NOTHING if interval is None else f"[{interval.low:{sign}.3f}, {interval.high:{sign}.3f}]"


def _columns(variant: VariantSummary) -> list[str]:
    tries = variant.overall.pass_at
    extra = [name for k in tries for name in (f"pass@{k}", f"pass^{k}")]
    return ["", "mean", "SE", "95 %", "pass rate", "95 % of it", *extra, "samples", "items", "errors"]


def _grader_table(variant: VariantSummary) -> Table:
    rows = [_grader_row(found.grader, found) for found in variant.graders]
    return Table(title=variant.name, columns=_columns(variant), rows=rows)


def _grader_row(name: str, found: GraderSummary) -> list[str]:
    tries = [shown(chances.get(k)) for k in found.pass_at for chances in (found.pass_at, found.pass_hat)]
    return [
        name,
        shown(found.mean),
        shown(found.standard_error),
        shown_interval(found.interval),
        shown(found.pass_rate),
        shown_interval(found.pass_interval),
        *tries,
        f"{found.samples:,}",
        f"{found.items:,}",
        f"{found.errors:,}",
    ]


def _difference_row(variant: str, found: Difference) -> list[str]:
    return [
        f"{variant}: {found.grader}",
        shown(found.before),
        shown(found.after),
        f"{found.value:+.3f}",
        shown_interval(found.interval, signed=True),
        f"{found.p_value:.3g}",
        f"{found.p_adjusted:.3g}",
        f"{len(found.rose):,}",
        f"{len(found.fell):,}",
        found.verdict.replace("_", " "),
    ]


def _middle(spread: Spread | None, unit: str) -> str:
    if spread is None:
        return NOTHING
    if unit == "$":
        return f"${spread.mean:.6f} (${spread.total:.4f} in all)"
    return f"{spread.p50:.2f} s (95 % under {spread.p95:.2f} s)"
