import io

import pytest
from rich.console import Console

from promptmill.cli.progress import LiveBar
from promptmill.records import Batch, Counts, Usage

BATCH = Batch(
    id="batch_x",
    state="running",
    counts=Counts(total=10_000),
    usage=Usage(),
    created_at="2026-01-01T00:00:00Z",
)


@pytest.mark.parametrize(("columns", "shows_tokens"), [(60, False), (100, True)])
def test_in_a_narrow_terminal_the_tokens_make_room_for_the_time_left(columns, shows_tokens):
    screen = io.StringIO()
    with LiveBar(Console(file=screen, width=columns, force_terminal=True)) as bar:
        bar.show(BATCH)
    assert ("tokens" in screen.getvalue()) is shows_tokens
