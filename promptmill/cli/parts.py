"""The parts of the service, each alone: what production runs in a container each."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from promptmill.cli.exits import ExitCode
from promptmill.cli.options import DATA, Data
from promptmill.stack.folder import DataFolder
from promptmill.stack.plan import LOOPBACK, module
from promptmill.stack.up import run_stack

Port = Annotated[
    int,
    typer.Option(envvar="PROMPTMILL_PORT", min=0, max=65535, help="Port of the api; 0 finds a free one."),
]
Host = Annotated[
    str, typer.Option(envvar="PROMPTMILL_HOST", help="Where the api listens; beyond loopback it needs keys.")
]
Workers = Annotated[int, typer.Option(min=1, max=64, help="How many worker processes.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show the logs of all parts.")]
UntilEof = Annotated[bool, typer.Option("--until-eof", hidden=True)]
Flags = Annotated[list[str] | None, typer.Argument(metavar="[FLAGS]...", show_default=False)]


def up(
    host: Host = LOOPBACK,
    port: Port = 8000,
    data: Data = DATA,
    workers: Workers = 1,
    verbose: Verbose = False,
    until_eof: UntilEof = False,
) -> None:
    """Run the whole stack here until Ctrl-C; all its data is kept in DIR.

    Prints `ready URL` once jobs can be handed in. Without ANTHROPIC_API_KEY the built-in sandbox answers;
    DATABASE_URL and REDIS_URL are used if they are set, else SQLite and an embedded Valkey. To let others
    in, make a key for each with `promptmill keys create`, then listen on another --host.
    """
    drained = run_stack(
        DataFolder(data), host=host, port=port, workers=workers, verbose=verbose, until_eof=until_eof
    )
    if not drained:
        raise typer.Exit(ExitCode.INTERRUPTED)


def api() -> None:
    """Run the HTTP API alone; settings come from the environment."""
    _become("api")


def worker() -> None:
    """Run one worker alone; settings come from the environment."""
    _become("worker")


def beat() -> None:
    """Run the clock that ticks for maintenance; one is enough, two do no harm."""
    _become("worker", "beat")


def sandbox(flags: Flags = None) -> None:
    """Run the local stand-in for the Claude API; all flags are its own, see `promptmill sandbox --help`."""
    _become("sandbox", *(flags or []))


def upgrade() -> None:
    """Bring the database at DATABASE_URL up to this version's tables."""
    _become("promptmill.migration")


def _become(name: str, *arguments: str) -> NoReturn:
    sys.stdout.flush()
    command = module(name, *arguments)
    os.execv(command[0], command)  # noqa: S606 - our own modules; no shell is wanted
