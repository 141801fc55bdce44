"""Schedules and their runs as a terminal shows them."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from jobs.clock import utc_now
from promptmill.cli.evals.shown import plain_table, verdict_word
from promptmill.cli.schedules.words import ahead, rule, span, wall_time
from promptmill.cli.words import count, money
from promptmill.schedule_records import Recurring, Schedule, ScheduleRun

STATE_COLORS = {"active": "green", "paused": "yellow", "ended": "dim"}
RUN_COLORS = {
    "queued": "cyan",
    "running": "cyan",
    "grading": "cyan",
    "skipped": "yellow",
    "canceled": "yellow",
    "failed": "red",
}
WIDE = 120  # columns
MISSED = {
    "latest": "the last due time is made up for",
    "skip": "no due time is made up for",
    "all": "all are made up for, one after the other",
}
OVERLAP = {
    "skip": "skipped while the run before is going",
    "queue": "queued while the run before is going",
    "cancel_previous": "the run before is canceled",
}


def sentence(schedule: Schedule) -> str:
    """Return how a schedule stands in a line."""
    if schedule.next_at is None:
        return f"{schedule.name} {'has ended' if schedule.state == 'ended' else f'is {schedule.state}'}"
    at = wall_time(schedule.next_at, schedule.time_zone)
    when = _when(schedule)
    soon = ahead(schedule.next_at, utc_now())
    return f"{schedule.name} is due {when[:1].lower()}{when[1:]}: next {at}, {soon}"


def show_schedules(console: Console, found: Iterable[Schedule]) -> None:
    """Print a line for each schedule."""
    now = utc_now()
    columns = ["schedule", "state", "next", "", "last run", "when"]
    is_wide = console.width >= WIDE
    table = plain_table(*(columns if is_wide else [name for name in columns if name]))
    for each in found:
        soon = [f"[dim]{ahead(each.next_at, now)}[/dim]" if each.next_at else ""] if is_wide else []
        table.add_row(
            escape(each.name),
            Text(each.state, style=STATE_COLORS.get(each.state, "")),
            wall_time(each.next_at, each.time_zone) if each.next_at else "",
            *soon,
            _came_of(each.last_run) if each.last_run else Text("none", style="dim"),
            Text(_when(each), no_wrap=True, overflow="ellipsis"),
        )
    for column in table.columns[:-1]:
        column.no_wrap = True
    table.columns[1].min_width = max(map(len, STATE_COLORS))
    console.print(table)


def show_runs(console: Console, runs: Iterable[ScheduleRun], zone: str) -> None:
    """Print a line for each run; where there is little room, why it is so comes below."""
    is_wide = console.width >= WIDE
    table = plain_table("due", "outcome", "batch or run", *(["why"] if is_wide else []))
    for run in runs:
        cells = (wall_time(run.due_at, zone), _came_of(run), run.eval_run_id or run.batch_id)
        why = escape(", ".join(filter(None, ["asked for" if run.is_triggered else "", run.reason])))
        if is_wide:
            table.add_row(*cells, why)
        elif cells[-1] is None:
            table.add_row(*cells[:-1], why)
        else:
            table.add_row(*cells)
            if why:
                table.add_row("", "", f"[dim]{why}[/dim]")
    for column in table.columns[:2]:
        column.no_wrap = True
    table.columns[2].overflow = "fold"
    console.print(table)


def show_schedule(console: Console, schedule: Schedule) -> None:
    """Print a schedule with its next due times."""
    zone = schedule.time_zone
    grid = Table.grid(padding=(0, 2))
    recurring = schedule.submits or Recurring()
    rows = (
        ("schedule", escape(schedule.name)),
        ("id", schedule.id),
        ("state", f"[{STATE_COLORS.get(schedule.state, 'default')}]{schedule.state}[/]"),
        ("submits", escape(_what(schedule.kind, recurring))),
        (
            "when",
            escape(_when(schedule)) + (f" [dim]({escape(schedule.cron)})[/dim]" if schedule.cron else ""),
        ),
        ("not before", wall_time(schedule.start_at, zone) if schedule.start_at else ""),
        ("not after", wall_time(schedule.end_at, zone) if schedule.end_at else ""),
        ("jitter", f"up to {span(schedule.jitter_s)} later" if schedule.jitter_s else ""),
        ("missed", MISSED.get(schedule.missed, schedule.missed)),
        ("overlap", OVERLAP.get(schedule.overlap, schedule.overlap)),
        (
            "passed over",
            f"[yellow]{count(schedule.missed_count, 'due time')}[/]" if schedule.missed_count else "",
        ),
        ("cost", f"at most {money(recurring.max_cost)} each time" if recurring.max_cost is not None else ""),
        ("webhook", escape(recurring.webhook or "")),
        ("created", wall_time(schedule.created_at, zone)),
    )
    for name, value in rows:
        if value:
            grid.add_row(f"[dim]{name}[/dim]", value)
    if schedule.last_run:
        grid.add_row("[dim]last run[/dim]", _last_in_full(schedule.last_run, zone))
    _add_upcoming(grid, schedule.upcoming, zone)
    console.print(grid)


def _add_upcoming(grid: Table, upcoming: Sequence[str], zone: str) -> None:
    now = utc_now()
    for number, at in enumerate(upcoming):
        grid.add_row(
            "" if number else "[dim]next[/dim]", f"{wall_time(at, zone)}  [dim]{ahead(at, now)}[/dim]"
        )


def _when(schedule: Schedule) -> str:
    return rule(schedule.cron, schedule.every_s, schedule.time_zone)


def _what(kind: str, recurring: Recurring) -> str:
    if recurring.requests is not None:
        return f"a batch of {count(recurring.requests, 'request')}"
    return f"the {kind} {recurring.name or ''}".rstrip()


def _last_in_full(run: ScheduleRun, zone: str) -> Text:
    text = Text.assemble(wall_time(run.due_at, zone), "  ", _came_of(run))
    if found := run.eval_run_id or run.batch_id:
        text.append(f"  {found}")
    return text


def _came_of(run: ScheduleRun) -> Text:
    if run.verdict is not None:
        return verdict_word(run.verdict)
    if run.counts is None:
        word = run.outcome or run.state
        return Text(word, style=RUN_COLORS.get(word, ""))
    if run.counts.ended < run.counts.total:
        return Text(f"{run.counts.ended:,} of {run.counts.total:,} done", style="cyan")
    if run.counts.failed:
        return Text(f"{run.counts.failed:,} of {run.counts.total:,} failed", style="red")
    return Text(f"{run.counts.succeeded:,} succeeded", style="green")
