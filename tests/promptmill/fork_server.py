"""Runs the command over and over without importing it again: a program of its own, which forks for each.

It reads one request a line on standard input and answers each with an exit code on standard output.
"""

import gc
import json
import os
import sys
import time

import claude.price_list  # noqa: F401 - commands import it and the next when they need them; here once for all
import promptmill.database  # noqa: F401
from promptmill.cli.app import main


def next_request():
    """Fork for every request; return it in the new process, and None in this one once there are no more."""
    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if not pid:
            return json.loads(line)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - this is how it answers
    return None


def become(request):
    """Make this process the one that was asked for."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    for number, path in enumerate(request["streams"]):
        stream = os.open(path, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0)
    sys.argv = ["promptmill", *request["arguments"]]


if __name__ == "__main__":
    gc.freeze()
    if request := next_request():
        become(request)
        main()
