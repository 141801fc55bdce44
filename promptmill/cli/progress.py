"""Shows how a batch goes on standard error: a live bar on a terminal, plain lines elsewhere."""

import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from promptmill.cli.console import people, say
from promptmill.cli.pace import Pace
from promptmill.cli.words import duration, money, rate, seconds_between, short
from promptmill.records import Batch

LINE_EVERY_S = 5.0
NARROW = 80  # columns; in fewer the tokens make room for the time left


class BatchProgress(AbstractContextManager["BatchProgress"], Protocol):
    """Something that shows each look at a batch."""

    def show(self, batch: Batch) -> None:
        """Show how the batch stands."""


def batch_progress() -> BatchProgress:
    """Return what suits standard error."""
    console = people()
    return LiveBar(console) if console.is_terminal and not console.is_dumb_terminal else PlainLines()


class LiveBar(BatchProgress):
    """A bar with done, failed, jobs/s, tokens, cost and time left."""

    def __init__(self, console: Console) -> None:
        self._pace = Pace()
        self._progress = Progress(
            BarColumn(bar_width=None, complete_style="green", finished_style="green"),
            TextColumn("{task.description}"),
            console=console,
            expand=True,
        )
        self._is_narrow = console.width < NARROW
        self._bar = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, batch: Batch) -> None:
        """Move the bar."""
        counts = batch.counts
        self._pace.note(time.monotonic(), counts.ended)
        self._progress.update(
            self._bar,
            total=counts.total,
            completed=counts.ended,
            description=_facts(batch, self._pace, styled=True, is_narrow=self._is_narrow),
            refresh=batch.has_ended,
        )


class PlainLines(BatchProgress):
    """A line every few seconds, and one at the end."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._next_at = time.monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put away."""

    def show(self, batch: Batch) -> None:
        """Print a line if it is time for one."""
        now = time.monotonic()
        self._pace.note(now, batch.counts.ended)
        if now >= self._next_at or batch.has_ended:
            self._next_at = now + LINE_EVERY_S
            say(_facts(batch, self._pace, styled=False))


def _facts(batch: Batch, pace: Pace, *, styled: bool, is_narrow: bool = False) -> str:
    counts = batch.counts
    failed = f"{counts.failed:,} failed"
    if styled and counts.failed:
        failed = f"[red]{failed}[/red]"
    took = seconds_between(batch.created_at, batch.ended_at)
    facts = [
        f"{counts.ended:,}/{counts.total:,} done",
        failed,
        f"{rate(counts.ended / took if took else pace.per_second)} jobs/s",
        *(() if is_narrow else (f"{short(batch.usage.tokens)} tokens",)),
        money(batch.usage.cost),
    ]
    if not batch.has_ended and (left := pace.seconds_left(counts.total)) is not None:
        facts.append(f"{duration(left)} left" if left >= 1 else "moments left")
    return ", ".join(facts)
