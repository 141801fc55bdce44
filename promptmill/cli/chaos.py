"""`promptmill chaos`: breaks a stack of its own on the user's services, and says what that cost."""

import secrets
import shutil
import signal
from types import FrameType
from typing import Annotated, NoReturn

import typer

from promptmill.cli.console import say
from promptmill.cli.exits import ExitCode
from promptmill.cli.options import Json

SEEDS = 1_000_000

Kills = Annotated[int, typer.Option(min=1, max=1000, help="How often a worker is killed.")]
Rounds = Annotated[int, typer.Option(min=1, help="How often the whole suite is run.")]
Seed = Annotated[
    int | None, typer.Option(min=0, help="What chance is drawn from.", show_default="a new one, printed")
]
Jobs = Annotated[int, typer.Option(min=100, max=100_000, help="Jobs in the batch of each fault.")]
Only = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="NAME", help="Only this fault; may be repeated.", show_default=False),
]


def chaos(
    kills: Kills = 25,
    rounds: Rounds = 1,
    seed: Seed = None,
    jobs: Jobs = 5000,
    only: Only = None,
    as_json: Json = False,
) -> None:
    """Break a stack at random moments, and show that no job is lost and none runs to its end twice.

    Runs on REDIS_URL and DATABASE_URL, in databases of its own there, or on an embedded stack. Answers come
    from the sandbox, never from Claude; no process is touched that was not started for this.
    """
    # Here, because the database's libraries would slow down the start of every other command.
    from promptmill.chaos.suite import ChaosOptions, scratch_folder  # noqa: PLC0415
    from promptmill.cli.chaos_shown import run_shown  # noqa: PLC0415

    seed = secrets.randbelow(SEEDS) if seed is None else seed
    options = ChaosOptions(kills=kills, rounds=rounds, seed=seed, jobs=jobs, only=frozenset(only or ()))
    signal.signal(signal.SIGTERM, _interrupt)
    folder = scratch_folder()
    try:
        findings = run_shown(options, folder, as_json=as_json)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    if all(finding.is_sound for finding in findings):
        shutil.rmtree(folder, ignore_errors=True)
        return
    say(f"data and logs are kept in {folder}")
    raise typer.Exit(ExitCode.JOBS_FAILED)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
