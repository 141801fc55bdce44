"""One process of the stack under test, and the signals it is sent."""

import signal
import subprocess
from pathlib import Path

from promptmill.stack.leash import Leash
from promptmill.stack.part import Part


class Process:
    """Runs a part; unlike a supervisor's child it is killed, frozen and started again from outside."""

    def __init__(self, part: Part, *, log: Path, lock: int, leash: Leash) -> None:
        self.part = part
        self.log = log
        self._lock = lock
        self._leash = leash
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The id of the process, or of the last one there was."""
        if self._process is None:
            raise AssertionError(f"{self.part.name} was never started")
        return self._process.pid

    def start(self) -> None:
        """Start the process; it is ended with ours, however that ends."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                self.part.command,
                env=dict(self.part.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(self._lock,),
            )
        self._leash.add(self._process.pid)

    def ending(self) -> int | None:
        """Return the exit code, None while the process runs."""
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        """End the process as a crash would."""
        self.send(signal.SIGKILL)
        self.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal, which is lost on a process that has ended."""
        if self._process is not None:
            self._process.send_signal(number)

    def wait(self, timeout_s: float | None = None) -> int:
        """Return the exit code once the process has ended; raises `TimeoutExpired`."""
        if self._process is None:
            return 0
        code = self._process.wait(timeout_s)
        self._leash.remove(self._process.pid)
        return code
