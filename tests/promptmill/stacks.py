"""Real `promptmill up`s for the tests to talk to and to kill."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

from tests.leashed import let_go, popen

OURS = ("PROMPTMILL_", "ANTHROPIC_", "DATABASE_URL", "REDIS_URL")
COMMAND = [sys.executable, "-P", "-m", "promptmill"]
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens there


def environment(**changes):
    """Return this process's environment without what would steer ours, and with `changes`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    # Nothing is found at the discard port, whatever this machine has at the usual one.
    return kept | {"PROMPTMILL_GRACE_S": "5", "PROMPTMILL_PORT": "9"} | changes


class Stack:
    """A `promptmill up` as a child process, ready or ended."""

    def __init__(self, folder, *flags, **changes):
        folder.mkdir(parents=True, exist_ok=True)
        self.data = folder / ".promptmill"
        self._err = folder / "up.err"
        with self._err.open("ab") as err:
            self.process = popen(
                [*COMMAND, "up", "--port", "0", "--data", self.data, *flags],
                cwd=folder,
                env=environment(**changes),
                stdout=subprocess.PIPE,
                stderr=err,
                text=True,
            )
        self.url = self.process.stdout.readline().removeprefix("ready ").strip()

    @property
    def err(self):
        return self._err.read_text()

    def parts(self):
        """Return the process ids of the parts by the last words of their command lines."""
        return {command: pid for pid, parent, command in processes() if parent == self.process.pid}

    def part(self, name):
        """Return the process id of the part whose command line has `name` in it, None if there is none now.

        Of several the one with the shortest command line: `-m worker` is no beat.
        """
        found = sorted((len(command), pid) for command, pid in self.parts().items() if name in command)
        return found[0][1] if found else None

    def stop(self, number=signal.SIGTERM):
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(60)
        let_go(self.process)
        return code


@contextmanager
def running(folder, *flags, **changes):
    """Yield a stack that is ready, and stop it afterwards."""
    stack = Stack(folder, *flags, **changes)
    try:
        assert stack.url, stack.err
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.stop()
        stack.process.stdout.close()


def processes():
    """Yield the id, the parent's id and the command line of every process there is."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    for line in listed.stdout.splitlines():
        pid, parent, state, command = line.split(maxsplit=3)
        if not state.startswith("Z"):
            yield int(pid), int(parent), command


def is_alive(pid):
    """Whether there is such a process, and it is no zombie."""
    return any(pid == other for other, _, _ in processes())
