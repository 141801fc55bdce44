"""Starts the sandbox: `python -m sandbox [--port 8100] [flags]`."""

import os
import sys

import uvloop

from sandbox.errors import SettingError
from sandbox.flags import read_flags
from sandbox.server import bind, build, serve

CANNOT_START = 2


def main(arguments: list[str]) -> int:
    """Run until told to stop; returns the exit code."""
    try:
        start = read_flags(arguments)
    except SettingError as error:
        return _refuse(str(error))
    try:
        listening = bind(start.host, start.port)
    except OSError as error:
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else str(error)
        return _refuse(f"cannot listen on {start.host}:{start.port}: {reason}")
    uvloop.run(serve(build(start.settings, ledger_size=start.ledger), listening))
    return 0


def _refuse(reason: str) -> int:
    print(f"sandbox: {reason}", file=sys.stderr)  # noqa: T201  the only words it has on stderr
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
