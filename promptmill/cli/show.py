"""Prints jobs and batches for people."""

import sys
from collections.abc import Iterable

from rich.markup import escape
from rich.table import Table

from promptmill.cli.console import print_text, sheet
from promptmill.cli.held import held_for
from promptmill.cli.summary import COLORS
from promptmill.cli.words import duration, money, seconds_between
from promptmill.records import Batch, Failure, Job, Usage, text_of

MOVING = ("waiting", "queued", "running")


def show_batch(batch: Batch) -> None:
    """Print how a batch stands."""
    counts = batch.counts
    states = ((state, getattr(counts, state)) for state in (*MOVING, *COLORS))
    rows = [
        ("batch", batch.id),
        ("name", escape(batch.name or "")),
        ("state", batch.state),
        (
            "jobs",
            f"{counts.total:,}: " + ", ".join(f"{number:,} {state}" for state, number in states if number),
        ),
        *((f"paused {lane.name}", f"[red]{escape(lane.reason or '')}[/red]") for lane in batch.paused_lanes),
        ("held", f"[yellow]{escape(held_for(batch) or '')}[/yellow]" if batch.held else ""),
        ("tokens", _tokens(batch.usage)),
        (
            "cost",
            money(batch.usage.cost) + (f" of {money(batch.max_cost)}" if batch.max_cost is not None else ""),
        ),
        ("webhook", escape(batch.webhook or "")),
        ("created", batch.created_at),
        ("ended", batch.ended_at or ""),
        ("expires", "" if batch.has_ended else batch.expires_at or ""),
    ]
    _print_rows(rows)


def show_job(job: Job) -> None:
    """Print a job, with its answer if it has one."""
    took = seconds_between(job.started_at, job.ended_at)
    rows = [
        ("job", job.id),
        ("custom id", escape(job.custom_id or "")),
        ("batch", job.batch_id or ""),
        ("model", escape(job.model or "")),
        ("state", job.state + (f" ({job.reason})" if job.reason else "")),
        *(("warning", escape(warning)) for warning in job.warnings),
        ("attempts", str(job.attempt)),
        ("error", escape(_error(job.error))),
        ("tokens", _tokens(job.usage)),
        ("cost", money(job.usage.cost)),
        ("created", job.created_at or ""),
        ("started", job.started_at or ""),
        ("ended", (job.ended_at or "") + (f" (took {duration(took)})" if took is not None else "")),
        ("answer", escape(text_of(job.response) or "")),
    ]
    _print_rows(rows)


def show_jobs(jobs: Iterable[Job]) -> None:
    """Print a line a job: in columns on a terminal, else parted by tabs."""
    columns = ("job", "state", "custom id", "model", "error")
    rows = [(job.id, job.state, job.custom_id or "", job.model or "", _error(job.error)) for job in jobs]
    if not sys.stdout.isatty():
        for row in rows:
            print_text("\t".join(row))
        return
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for column, is_fixed in zip(table.columns, (True, True, False, True, False), strict=True):
        column.no_wrap, column.overflow = True, "fold" if is_fixed else "ellipsis"
    for row in rows:
        table.add_row(*(escape(cell) for cell in row), style=COLORS.get(row[1], ""))
    sheet().print(table)


def _print_rows(rows: list[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        if value:
            table.add_row(f"[dim]{name}[/dim]", value)
    sheet().print(table)


def _tokens(usage: Usage) -> str:
    return f"{usage.input_tokens:,} in, {usage.output_tokens:,} out"


def _error(error: Failure | None) -> str:
    if error is None:
        return ""
    status = f" ({error.status})" if error.status else ""
    return f"{error.type}{status}: {error.message}"
