"""`promptmill schedule pause|resume|remove|trigger`."""

import time
from typing import Annotated

import typer

from promptmill.cli.console import print_json, print_text, say
from promptmill.cli.options import DATA, Data, Json
from promptmill.cli.schedules.shown import sentence
from promptmill.cli.server import running_server
from promptmill.client import Client
from promptmill.errors import InputError
from promptmill.schedule_records import ScheduleRun

LONGEST_START_S = 10.0  # a worker looks once a second
PAUSE_S = 0.1
LOOKED_AT = 20  # runs: it is among the latest

Name = Annotated[str, typer.Argument(metavar="NAME", help="A schedule's name or id.")]


def pause(name: Name, data: Data = DATA, as_json: Json = False) -> None:
    """Let due times pass until the schedule is resumed."""
    with running_server(data) as client:
        paused = client.schedules.pause(name)
    print_json(paused) if as_json else print_text(sentence(paused))


def resume(name: Name, data: Data = DATA, as_json: Json = False) -> None:
    """Go on with the next due time; what was due meanwhile is not made up for."""
    with running_server(data) as client:
        resumed = client.schedules.resume(name)
    print_json(resumed) if as_json else print_text(sentence(resumed))


def remove(name: Name, data: Data = DATA) -> None:
    """Remove a schedule and the record of its runs; what it submitted stays, and goes on."""
    with running_server(data) as client:
        client.schedules.remove(name)
    print_text(f"{name} is removed")


def trigger(name: Name, data: Data = DATA, as_json: Json = False) -> None:
    """Submit now, beside the due times, and print the id of the batch or of the evaluation's run."""
    with running_server(data) as client:
        run = _started(client, name, client.schedules.trigger(name))
    if run.state == "failed":
        raise InputError(f"{name} could not be submitted: {run.reason}")
    if run.state == "queued":
        why = run.reason or "the run before has not ended, or no worker is up"
        say(f"{name} waits: {why}; `promptmill schedule runs {name}` shows when it starts")
    if as_json:
        print_json(run)
    elif found := run.eval_run_id or run.batch_id:
        print_text(found)


def _started(client: Client, name: str, asked: ScheduleRun) -> ScheduleRun:
    """Return the run as it is once a worker took it on, or after a few seconds."""
    end = time.monotonic() + LONGEST_START_S
    while True:
        found = client.schedules.runs(name, limit=LOOKED_AT)
        run = next((run for run in found if run.due_at == asked.due_at), asked)
        if run.state != "queued" or time.monotonic() > end:
            return run
        time.sleep(PAUSE_S)
