import subprocess
import sys
from pathlib import Path

from tests.eventually import until
from tests.promptmill.stacks import is_alive

ROOT = Path(__file__).parents[1]
PROGRAM = """
from tests.leashed import popen
print(popen(["sleep", "600"]).pid, flush=True)
input()
"""


def test_what_a_test_process_has_started_ends_with_it_though_it_is_killed():
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        pid = int(process.stdout.readline())
        assert is_alive(pid)
        process.kill()
    until(lambda: not is_alive(pid), "the process to end")
