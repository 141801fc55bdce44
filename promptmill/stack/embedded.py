"""A stack for the length of one run: `promptmill up` as a child process on a free port."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from promptmill.errors import StackStartError
from promptmill.stack.folder import DataFolder
from promptmill.stack.plan import LOOPBACK, module

READY = "ready "
NAME = "promptmill: "
ALONE = ("--host", LOOPBACK, "--port", "0")  # nobody else is to use it, whatever the environment says


@contextmanager
def embedded_stack(folder: DataFolder, say: Callable[[str], None]) -> Iterator[str]:
    """Yield the URL of a stack on `folder` that is stopped afterwards; raises `StackStartError`.

    What the stack has to say meanwhile is handed to `say`, in a thread of its own.
    """
    with _started(folder) as process:
        relay = _Relay(_pipe(process.stderr), say)
        try:
            line = _pipe(process.stdout).readline()
            if not line.startswith(READY):
                raise StackStartError(relay.last_words() or "the embedded stack did not start")
            relay.speak()
            yield line.removeprefix(READY).strip()
        finally:
            _stop(process)
            relay.join()


@contextmanager
def _started(folder: DataFolder) -> Iterator["subprocess.Popen[str]"]:
    # It stops by itself once its standard input ends: with this process, however that ends.
    command = module("promptmill", "up", *ALONE, "--data", str(folder.path), "--until-eof")
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process


def _stop(process: "subprocess.Popen[str]") -> None:
    """Have the stack drained; a Ctrl-C meanwhile has it stopped at once."""
    process.terminate()
    try:
        process.wait()
    except KeyboardInterrupt:
        with suppress(ProcessLookupError):
            process.terminate()
        process.wait()
        raise


def _pipe(end: IO[str] | None) -> IO[str]:
    if end is None:
        raise AssertionError("a pipe was asked for")
    return end


class _Relay:
    """Passes on lines as they come; kept while the stack starts, for the last may say why it failed."""

    def __init__(self, lines: IO[str], say: Callable[[str], None]) -> None:
        self._lines = lines
        self._say = say
        self._kept: list[str] = []
        self._speaks = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay")
        self._thread.start()

    def speak(self) -> None:
        """Pass on what was kept, and from now on each line at once."""
        self._speaks.set()
        self._pass_on()

    def last_words(self) -> str:
        """Wait for the end of the lines; pass on all but the last, and return that."""
        self._thread.join()
        last = self._kept.pop() if self._kept else ""
        self._pass_on()
        return last.removeprefix(NAME)

    def join(self) -> None:
        """Wait for the end of the lines."""
        self._thread.join()

    def _run(self) -> None:
        for line in self._lines:
            self._kept.append(line.rstrip("\n"))
            if self._speaks.is_set():
                self._pass_on()

    def _pass_on(self) -> None:
        while self._kept:
            self._say(self._kept.pop(0))
