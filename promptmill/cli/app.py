"""The `promptmill` command: its tree, and the border where errors become sentences and exit codes."""

import sys

import typer

from jobs.errors import PromptmillError
from promptmill.cli import batches, parts
from promptmill.cli.console import complain
from promptmill.cli.exits import exit_code_of
from promptmill.cli.jobs import jobs
from promptmill.cli.run import run

EXITS = "Exit codes: 0 done, 1 some jobs failed, 2 bad usage or input, 3 no server, 130 interrupted."
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
    app.command(rich_help_panel=RUNNING)(run)
    app.command(rich_help_panel=RUNNING)(batches.submit)
    for command in (batches.status, batches.watch, batches.results, batches.cancel, batches.retry, jobs):
        app.command(rich_help_panel=LOOKING)(command)
    for part in (parts.up, parts.api, parts.worker, parts.beat):
        app.command(rich_help_panel=SERVING)(part)
    app.command(rich_help_panel=SERVING, context_settings=PASSED_ON)(parts.sandbox)
    database = typer.Typer(help="Look after the database.", no_args_is_help=True)
    database.command()(parts.upgrade)
    database.callback()(_database)
    app.add_typer(database, name="db", rich_help_panel=SERVING)
    return app


def main() -> None:
    """Run the command line and exit."""
    try:
        build()(prog_name="promptmill")
    except PromptmillError as error:
        complain(error)
        sys.exit(exit_code_of(error))


def _database() -> None:
    """Look after the database."""
