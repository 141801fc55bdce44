"""Runs a stack in the foreground, from the lock on its folder to the last part's end."""

import os
import sys
from contextlib import suppress

from promptmill.stack.discover import misses_its_broker
from promptmill.stack.folder import DataFolder
from promptmill.stack.log_tail import LogTail
from promptmill.stack.plan import planned
from promptmill.stack.signals import Signals
from promptmill.stack.supervisor import Supervisor

STANDARD_INPUT = 0


def run_stack(
    folder: DataFolder, *, host: str, port: int, workers: int, verbose: bool, until_eof: bool
) -> bool:
    """Run until told to stop; return whether the parts were given their time to stop.

    Raises `StackError` or `SettingError` if it cannot be started.

    Prints `ready URL` on standard output once jobs can be handed in, all else on standard error.
    With `until_eof` the end of standard input, too, is a request to stop, and what goes as planned is not
    worth a word: somebody else shows how things go.
    """
    folder.make()
    with (
        folder.locked() as lock,
        Signals(until_eof=STANDARD_INPUT if until_eof else None) as signals,
        planned(folder, {**os.environ, "PROMPTMILL_HOST": host}, port=port, workers=workers) as plan,
    ):
        folder.withdraw()
        if not until_eof:
            say(f"data in {folder.path}, logs in {folder.logs}")
        if plan.uses_sandbox:
            say("no ANTHROPIC_API_KEY: answers come from the built-in sandbox")
        tail = LogTail(folder.logs, show) if verbose else None
        supervisor = Supervisor(
            plan, folder=folder, lock=lock, signals=signals, say=say, tail=tail, is_chatty=not until_eof
        )

        def on_ready() -> None:
            folder.announce(plan.url, key=plan.key)
            with suppress(OSError):
                sys.stdout.write(f"ready {plan.url}\n")
                sys.stdout.flush()
            if misses_its_broker(plan.url):
                say("the broker at REDIS_URL does not answer: jobs are taken, and run once it does")

        try:
            return supervisor.run(on_ready)
        finally:
            folder.withdraw()


def say(message: str) -> None:
    """Tell the user something on standard error."""
    show(f"promptmill: {message}")


def show(line: str) -> None:
    """Write a line to standard error, which may be gone with its terminal."""
    with suppress(OSError):
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
