"""Runs a grading program in a process of its own, with limits on time, memory, files and network.

The limits keep an honest program from doing harm by mistake, and make a hostile one's life hard. They are no
jail for code of unknown people: whoever may write such graders may, in the end, run code on the machine.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from evals.graders.exam import ProgramRun, Reply

MEMORY = 512 * 1024 * 1024  # bytes
OUTPUT = 64 * 1024  # bytes that a program may write anywhere, its answer included
GRACE_S = 2.0  # for the interpreter to start
CONFINED = Path(__file__).with_name("confined.py")


def run_program(run: ProgramRun, *, is_allowed: bool) -> Reply:
    """Run the program's `grade(sample, item)`; whatever goes wrong is an error in the reply."""
    if not is_allowed:
        return Reply(error="python graders are switched off on this server")
    payload = {
        "source": run.source,
        "sample": run.sample,
        "item": run.item,
        "cpu_s": int(run.timeout_s) + 1,
        "memory": MEMORY,
        "output": OUTPUT,
    }
    with (
        tempfile.TemporaryDirectory() as directory,
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as answer,
    ):
        given.write(json.dumps(payload).encode())
        given.seek(0)
        status = _run(Path(directory), given, answer, run.timeout_s)
        if status in {None, -signal.SIGXCPU}:
            return Reply(error=f"the program took more than {run.timeout_s:g} s")
        answer.seek(0)
        return _read(answer.read(OUTPUT), status)


def _run(directory: Path, given: IO[bytes], answer: IO[bytes], timeout_s: float) -> int | None:
    """Return the exit status; None where the time ran out."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
        [sys.executable, "-I", "-S", "-B", str(CONFINED)],
        cwd=directory,
        env={},
        stdin=given,
        stdout=answer,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(timeout_s + GRACE_S)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _read(answer: bytes, status: int) -> Reply:
    try:
        found = json.loads(answer)
    except ValueError:
        return Reply(error=_how_it_ended(status))
    if isinstance(found, dict) and isinstance(found.get("error"), str):
        return Reply(error=found["error"])
    value = found.get("value") if isinstance(found, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Reply(error=f"grade() must return a number, not {str(value)[:80]}")
    return Reply(value=float(value))


def _how_it_ended(status: int) -> str:
    if status < 0:
        return f"the program was ended by {signal.Signals(-status).name}, most likely at a limit"
    return f"the program ended with status {status} and without a score"
