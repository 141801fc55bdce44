"""Runs and comparisons as a terminal shows them."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table as RichTable
from rich.text import Text

from evals.comparison.compare import Comparison
from evals.report.tables import NOTHING, Table, comparison_table, cost_table, summary_tables
from evals.summary import Summary
from promptmill.cli.words import count, duration, money, seconds_between
from promptmill.eval_records import EvalRun

VERDICT_COLORS = {"worse": "bold red", "better": "bold green", "cannot_tell": "yellow", "first": "dim"}
STATE_COLORS = {"running": "cyan", "grading": "cyan", "failed": "red", "canceled": "yellow"}
ITEMS_NAMED = 10  # that rose or fell


def show_run(console: Console, run: EvalRun) -> None:
    """Print a run in numbers and what is to be said of it."""
    console.print(_facts(run))
    if run.summary is not None:
        for table in summary_tables(run.summary):
            console.print()
            console.print(_table(table))
        console.print()
        console.print(_totals(run.summary))
    if run.verdict is not None:
        console.print(_verdict(run.verdict, run.reason or "", run.compared_with))
    if run.error is not None:
        console.print(f"[red]{escape(run.error)}[/red]")


def show_comparison(console: Console, comparison: Comparison) -> None:
    """Print what changed from one run to the other."""
    console.print(_table(comparison_table(comparison)))
    console.print()
    console.print(_table(cost_table(comparison)))
    for variant in comparison.variants:
        console.print()
        for word, color, items in (
            ("fell", "red", variant.overall.fell),
            ("rose", "green", variant.overall.rose),
        ):
            if items:
                console.print(f"[{color}]{count(len(items), 'item')} {word}[/{color}]: {_named(items)}")
        if variant.left_out:
            console.print(f"[dim]{count(variant.left_out, 'item')} in only one of the runs, left out[/dim]")
    console.print(_verdict(comparison.verdict.value, comparison.reason, None))


def verdict_word(verdict: str | None) -> Text:
    """Return a verdict in its color."""
    if verdict is None:
        return Text(NOTHING, style="dim")
    return Text(verdict.replace("_", " "), style=VERDICT_COLORS.get(verdict, ""))


def state_word(state: str) -> Text:
    """Return a state in its color."""
    return Text(state, style=STATE_COLORS.get(state, ""))


def plain_table(*columns: str) -> RichTable:
    """Return a table in the house's look, to be filled."""
    return RichTable(*columns, box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))


def _facts(run: EvalRun) -> RenderableType:
    made = run.provenance
    grid = RichTable.grid(padding=(0, 2))
    took = seconds_between(run.created_at, run.ended_at)
    rows: Iterable[tuple[str, str]] = (
        ("run", run.id),
        ("evaluation", f"{run.name}, version {run.version} ({made.definition_hash[:12]})"),
        ("dataset", f"{count(made.items, 'item')} ({made.dataset_hash[:12]})"),
        ("epochs", str(made.epochs) if made.epochs > 1 else ""),
        ("batch", run.batch_id or ""),
        ("software", made.software),
        ("created", run.created_at),
        ("took", duration(took) if took is not None else ""),
    )
    for name, value in rows:
        if value:
            grid.add_row(f"[dim]{name}[/dim]", escape(value))
    grid.add_row("[dim]state[/dim]", state_word(run.state))
    return grid


def _table(table: Table) -> RenderableType:
    first, *others = table.columns
    shown = plain_table(first)
    for column in others:
        shown.add_column(column, justify="right")
    for row in table.rows:
        style = _row_style(row)
        shown.add_row(*(escape(cell) for cell in row), style=style)
    return Group(Text(table.title, style="bold cyan"), shown)


def _row_style(row: Iterable[str]) -> str:
    last = list(row)[-1]
    return {"worse": "red", "better": "green"}.get(last, "")


def _totals(summary: Summary) -> RenderableType:
    grid = RichTable.grid(padding=(0, 2))
    for variant in summary.variants:
        facts = [count(variant.samples, "sample")]
        if variant.errored:
            facts.append(
                f"[red]{variant.errored:,} without a score[/red] (counted as: {summary.errors.value})"
            )
        if variant.latency_s is not None:
            facts.append(f"{variant.latency_s.p50:.2f} s each (95 % under {variant.latency_s.p95:.2f} s)")
        if variant.cost is not None:
            facts.append(money(variant.cost.total))
        grid.add_row(f"[dim]{escape(variant.name)}[/dim]", ", ".join(facts))
    return grid


def _verdict(verdict: str, reason: str, compared_with: str | None) -> RenderableType:
    text = Text.assemble(verdict_word(verdict), "  ", reason)
    if compared_with is not None:
        text.append(f"  (compared with {compared_with})", style="dim")
    return text


def _named(items: list[str]) -> str:
    more = f" and {len(items) - ITEMS_NAMED:,} more" if len(items) > ITEMS_NAMED else ""
    return escape(", ".join(items[:ITEMS_NAMED])) + more
