"""The `promptmill` command in processes of its own that cost no imports: forks of one that has them."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from tests.leashed import let_go, popen

PROGRAM = Path(__file__).with_name("fork_server.py")


class Forks:
    """One server to fork from; runs one command at a time."""

    def __init__(self, server, scratch):
        self._server = server
        self._scratch = scratch

    def run(self, arguments, *, folder, environment, stdin=None):
        """Run the command to its end and return what came of it."""
        streams = [self._scratch / name for name in ("stdin", "stdout", "stderr")]
        for path, text in zip(streams, (stdin or "", "", ""), strict=True):
            path.write_text(text)
        request = {
            "arguments": [str(one) for one in arguments],
            "folder": str(folder),
            "environment": environment,
            "streams": [str(path) for path in streams],
        }
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        code = int(self._server.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, *(path.read_text() for path in streams[1:]))


@contextmanager
def forks():
    """Yield a server that is ended afterwards."""
    command = [sys.executable, "-P", PROGRAM]
    with tempfile.TemporaryDirectory(prefix="pm-forks-") as scratch:
        server = popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=os.sep)
        yield Forks(server, Path(scratch))
        server.communicate()
        let_go(server)
