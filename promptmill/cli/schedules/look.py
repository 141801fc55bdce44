"""`promptmill schedule list|show|runs`."""

from typing import Annotated

import typer

from promptmill.cli.console import print_json, print_text, say, sheet
from promptmill.cli.exits import ExitCode
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.schedules.shown import show_runs, show_schedule, show_schedules
from promptmill.cli.server import running_server

Name = Annotated[str, typer.Argument(metavar="NAME", help="A schedule's name or id.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, metavar="N", help="How many at most.")]
FailIfWorse = Annotated[
    bool, typer.Option("--fail-if-worse", help="End with 4 if the latest graded run is worse.")
]


def list_schedules(data: Data = DATA, as_json: Json = False) -> None:
    """List schedules: when they are due next, and what became of the last run."""
    with running_server(data) as client:
        found = list(client.schedules.list())
    if as_json:
        for schedule in found:
            print_json(schedule)
    elif not found:
        print_text("there is no schedule yet: `promptmill schedule add` makes one")
    else:
        show_schedules(sheet(), found)


def show(name: Name, data: Data = DATA, as_json: Json = False) -> None:
    """Show a schedule with its next five due times."""
    with running_server(data) as client:
        schedule = client.schedules.get(name)
    print_json(schedule) if as_json else show_schedule(sheet(), schedule)


def runs(
    name: Name,
    limit: Limit = 20,
    fail_if_worse: FailIfWorse = False,
    data: Data = DATA,
    as_json: Json = False,
) -> None:
    """Show what became of due times, the latest first."""
    with running_server(data) as client:
        schedule = client.schedules.get(name)
        found = list(client.schedules.runs(name, limit=limit))
    if as_json:
        for run in found:
            print_json(run)
    elif not found:
        print_text(f"{schedule.name} has had no due time yet")
    else:
        show_runs(sheet(), found, schedule.time_zone)
    verdict = next((run.verdict for run in found if run.verdict is not None), None)
    if fail_if_worse and verdict == "worse":
        say(f"the latest graded run of {schedule.name} is worse")
        raise typer.Exit(ExitCode.EVAL_WORSE)
