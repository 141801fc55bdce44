"""What a finished batch comes to, for people and as JSON."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from promptmill.cli.tally import Tally
from promptmill.cli.words import count, duration, money, rate, seconds_between
from promptmill.records import Batch

CAUSES_SHOWN = 5
LABEL_WIDTH = 7
COLORS = {"succeeded": "green", "errored": "red", "expired": "yellow", "canceled": "yellow"}


def summary_json(batch: Batch, tally: Tally, output: str) -> dict[str, Any]:
    """Return the summary as `--json` prints it."""
    took = seconds_between(batch.created_at, batch.ended_at)
    return {
        "batch_id": batch.id,
        "state": batch.state,
        "counts": batch.counts,
        "usage": batch.usage,
        "duration_s": took,
        "jobs_per_s": batch.counts.ended / took if took else None,
        "failures": tally.causes,
        "results": output,
    }


def print_summary(console: Console, batch: Batch, tally: Tally, output: str) -> None:
    """Print the summary as a table, then why jobs failed, then where the results are."""
    console.print(_table(batch))
    if tally.causes:
        console.print(_causes(tally))
    console.print(f"{'results':{LABEL_WIDTH}}  [bold]{escape(output)}[/bold]", soft_wrap=True)


def _table(batch: Batch) -> Table:
    counts, usage = batch.counts, batch.usage
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=LABEL_WIDTH)
    table.add_row("batch", batch.id)
    states = ((state, getattr(counts, state)) for state in COLORS)
    table.add_row(
        "jobs",
        f"{counts.total:,}: "
        + ", ".join(f"[{COLORS[state]}]{number:,} {state}[/]" for state, number in states if number),
    )
    cached = f", {usage.cache_read_tokens:,} read from the cache" if usage.cache_read_tokens else ""
    table.add_row("tokens", f"{usage.input_tokens:,} in, {usage.output_tokens:,} out{cached}")
    table.add_row("cost", money(usage.cost))
    if took := seconds_between(batch.created_at, batch.ended_at):
        table.add_row("time", f"{duration(took)}, {rate(counts.ended / took)} jobs/s")
    return table


def _causes(tally: Tally) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=LABEL_WIDTH)
    for position, cause in enumerate(tally.causes[:CAUSES_SHOWN]):
        table.add_row(
            "" if position else "why",
            f"[red]{cause.count:,}[/red]",
            cause.type + (f" ({cause.status})" if cause.status else ""),
            escape(cause.message),
            f"[dim]as {escape(cause.example)}[/dim]",
        )
    if len(tally.causes) > CAUSES_SHOWN:
        table.add_row("", "", f"... and {count(len(tally.causes) - CAUSES_SHOWN, 'other cause')}")
    return table
