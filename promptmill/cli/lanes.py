"""`promptmill lanes`: how the lanes to Claude stand, and how a paused one goes on."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from promptmill.cli.console import print_json, print_text, sheet
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.server import running_server
from promptmill.records import Lane

STATE_COLORS = {"paused": "red", "resting": "yellow"}
Name = Annotated[str | None, typer.Argument(help="A lane; without it, all of them.")]


def list_lanes(data: Data = DATA, as_json: Json = False) -> None:
    """List the lanes that were used within a day: their limits a minute, and why one rests or is paused."""
    with running_server(data) as client:
        found = client.lanes()
    if as_json:
        for lane in found:
            print_json(lane)
    elif not found:
        print_text("no lane was used within a day")
    else:
        _show(found)


def resume_lanes(name: Name = None, data: Data = DATA, as_json: Json = False) -> None:
    """Have paused lanes go on at once, when what paused them is mended."""
    with running_server(data) as client:
        resumed = client.resume_lanes(name)
    if as_json:
        for lane in resumed:
            print_json(lane)
    else:
        print_text("\n".join(f"resumed {lane.name}" for lane in resumed) or "no lane was paused")


def _show(lanes: list[Lane]) -> None:
    table = Table(
        "lane", "state", "in flight", "limits a minute", "why", box=None, pad_edge=False, header_style="bold"
    )
    for lane in lanes:
        limits = ", ".join(f"{limit:,} {name}" for name, limit in sorted(lane.limits.items()))
        table.add_row(
            lane.name,
            lane.state,
            str(lane.in_flight),
            limits,
            escape(lane.reason or ""),
            style=STATE_COLORS.get(lane.state, ""),
        )
    sheet().print(table)
