"""The `promptmill` command: its tree, and the border where errors become sentences and exit codes."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from jobs.errors import PromptmillError
from promptmill.cli import batches, parts
from promptmill.cli.budget import budget
from promptmill.cli.chaos import chaos
from promptmill.cli.console import complain, print_text, say
from promptmill.cli.estimate import estimate_file
from promptmill.cli.evals import give, look
from promptmill.cli.evals.run import run as run_evaluation
from promptmill.cli.exits import ExitCode, exit_code_of
from promptmill.cli.jobs import jobs
from promptmill.cli.keys import create_key, list_keys, revoke_key
from promptmill.cli.lanes import list_lanes, resume_lanes
from promptmill.cli.run import run
from promptmill.cli.schedules import look as look_at_schedules
from promptmill.cli.schedules import move
from promptmill.cli.schedules.add import add as add_schedule
from promptmill.cli.tenants import list_tenants, set_tenant
from promptmill.cli.webhooks import list_deliveries, resend_delivery, show_delivery, show_secret

EXITS = (
    "Exit codes: 0 done, 1 some jobs failed, 2 bad usage or input, 3 no server, 4 an evaluation is worse, "
    "130 interrupted."
)
EXAMPLES = """\
Examples:

  promptmill run prompts.txt --system "Answer in one word."

  promptmill run questions.csv --prompt-field question -o answers.jsonl

  promptmill up

  promptmill submit batch.jsonl
"""
PASSED_ON = {"ignore_unknown_options": True, "help_option_names": []}  # the sandbox explains its own flags

RUNNING = "Run prompts"
LOOKING = "Look after what was submitted"
SERVING = "Run the service"


def build() -> typer.Typer:
    """Return the command tree."""
    app = typer.Typer(
        help="Runs thousands of Claude completions as durable background jobs.",
        epilog=f"{EXAMPLES}\n{EXITS}",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
        rich_markup_mode="markdown",
    )
    app.callback()(_promptmill)
    app.command(rich_help_panel=RUNNING)(run)
    app.command(rich_help_panel=RUNNING)(batches.submit)
    app.command("estimate", rich_help_panel=RUNNING)(estimate_file)
    app.add_typer(_evals(), name="eval", rich_help_panel=RUNNING)
    app.add_typer(_schedules(), name="schedule", rich_help_panel=RUNNING)
    for command in (batches.status, batches.watch, batches.results, batches.cancel, batches.retry, jobs):
        app.command(rich_help_panel=LOOKING)(command)
    app.command(rich_help_panel=LOOKING)(budget)
    lanes = typer.Typer(help="Look after the lanes to Claude: limits, pauses.", no_args_is_help=True)
    lanes.command("list")(list_lanes)
    lanes.command("resume")(resume_lanes)
    app.add_typer(lanes, name="lanes", rich_help_panel=LOOKING)
    app.add_typer(_webhooks(), name="webhooks", rich_help_panel=LOOKING)
    for part in (parts.up, parts.api, parts.worker, parts.beat):
        app.command(rich_help_panel=SERVING)(part)
    app.command(rich_help_panel=SERVING, context_settings=PASSED_ON)(parts.sandbox)
    app.command(rich_help_panel=SERVING)(chaos)
    app.add_typer(_keys(), name="keys", rich_help_panel=SERVING)
    app.add_typer(_tenants(), name="tenants", rich_help_panel=SERVING)
    database = typer.Typer(help="Look after the database.", no_args_is_help=True)
    database.command()(parts.upgrade)
    database.callback()(_database)
    app.add_typer(database, name="db", rich_help_panel=SERVING)
    return app


def _evals() -> typer.Typer:
    evals = typer.Typer(help="Evaluate: how good are the answers, did they get worse?", no_args_is_help=True)
    evals.command("run")(run_evaluation)
    evals.command("list")(look.list_evaluations)
    for command in (look.history, look.show, look.diff, look.failures, give.report, give.export):
        evals.command()(command)
    evals.command("import")(give.import_file)
    return evals


def _schedules() -> typer.Typer:
    schedules = typer.Typer(help="Run again and again, by the clock.", no_args_is_help=True)
    schedules.command("add")(add_schedule)
    schedules.command("list")(look_at_schedules.list_schedules)
    for command in (look_at_schedules.show, move.pause, move.resume, move.remove, move.trigger):
        schedules.command()(command)
    schedules.command()(look_at_schedules.runs)
    return schedules


def _webhooks() -> typer.Typer:
    webhooks = typer.Typer(help="Look after webhooks: what they were told, secrets.", no_args_is_help=True)
    webhooks.command("list")(list_deliveries)
    webhooks.command("show")(show_delivery)
    webhooks.command("resend")(resend_delivery)
    webhooks.command("secret")(show_secret)
    return webhooks


def _keys() -> typer.Typer:
    keys = typer.Typer(help="Say who may use the server.", no_args_is_help=True)
    keys.command("create")(create_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)
    return keys


def _tenants() -> typer.Typer:
    tenants = typer.Typer(help="Say what each tenant may do.", no_args_is_help=True)
    tenants.command("list")(list_tenants)
    tenants.command("set")(set_tenant)
    return tenants


def main() -> None:
    """Run the command line and exit."""
    try:
        build()(prog_name="promptmill")
    except PromptmillError as error:
        complain(error)
        sys.exit(exit_code_of(error))
    except OSError as error:  # a full disk, a file of somebody else's
        place = f"{error.filename}: " if error.filename else ""
        say(f"promptmill: {place}{error.strerror or error}")
        sys.exit(ExitCode.BAD_USAGE)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        print_text(f"promptmill {version('promptmill')}")
        raise typer.Exit


def _promptmill(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that stand before the command."""


def _database() -> None:
    """Look after the database."""
