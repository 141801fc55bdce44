"""The process in which a grading program runs: takes its limits on, then the program, then answers.

Started as a file of its own by an interpreter without site packages; imports nothing of ours.
"""

import ctypes
import json
import math
import os
import resource
import sys
import types
from collections.abc import Callable

NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000
FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.",
    "ctypes.",
    "shutil.",
    "ftplib.",
    "urllib.",
    "http.",
    "glob.",
    "pty.",
)
LOOKING = frozenset({"os.listdir", "os.scandir"})  # the import system looks into its own folders with them
LONGEST_MESSAGE = 500  # characters


def main() -> None:
    """Read what to run from the standard input, write the answer to the standard output."""
    given = json.load(sys.stdin)
    answer = os.dup(1)
    os.dup2(2, 1)  # what the program prints goes nowhere
    _limit(given)
    try:
        found: dict[str, object] = {"value": _graded(given)}
    except BaseException as error:  # noqa: BLE001 - whatever the program raises is for its author
        found = {"error": f"the program raised {type(error).__name__}: {error}"[:LONGEST_MESSAGE]}
    os.write(answer, json.dumps(found).encode())


def _limit(given: dict[str, int]) -> None:
    libc = ctypes.CDLL(None)
    libc.unshare(NEW_USER_AND_NETWORK)  # a network without interfaces, where the system lets us
    for kind, most in (
        (resource.RLIMIT_AS, given["memory"]),
        (resource.RLIMIT_FSIZE, given["output"]),
        (resource.RLIMIT_NOFILE, 32),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    # The soft limit alone says by its signal that it was time that ran out.
    resource.setrlimit(resource.RLIMIT_CPU, (given["cpu_s"], given["cpu_s"] + 1))
    sys.addaudithook(_watch(tuple({sys.prefix, sys.base_prefix})))


def _watch(libraries: tuple[str, ...]) -> Callable[[str, tuple[object, ...]], None]:
    """Refuse sockets, processes and every file but Python's own."""

    def refuse(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(FORBIDDEN) and event not in LOOKING:
            raise PermissionError(f"{event} is not allowed to a grader")
        if event == "open" or event in LOOKING:
            path, _, flags = (*arguments, None, None, None)[:3]
            is_write = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            is_ours = isinstance(path, str) and path.startswith(libraries) and ".." not in path
            if is_write or not is_ours:
                raise PermissionError("files are not allowed to a grader")

    return refuse


def _graded(given: dict[str, object]) -> float:
    program = types.ModuleType("grader")
    exec(compile(str(given["source"]), "grader.py", "exec"), program.__dict__)  # noqa: S102 - what this process is for
    grade = getattr(program, "grade", None)
    if not callable(grade):
        raise TypeError("there is no function grade(sample, item)")
    value = grade(given["sample"], given["item"])
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TypeError(f"grade() must return a finite number, not {value!r}")
    return float(value)


if __name__ == "__main__":
    main()
