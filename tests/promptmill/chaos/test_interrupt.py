"""Ctrl-C in the middle of `promptmill chaos`."""

import re
import signal
import subprocess

import pytest

from tests.leashed import let_go, popen
from tests.promptmill.stacks import COMMAND, environment, processes

pytestmark = pytest.mark.journey

ASKED = ["chaos", "--fault", "beat-killed", "--jobs", "100", "--kills", "1", "--rounds", "1000"]


def descendants(pid):
    """Return the ids of the processes that a process has started, and those that they have."""
    parents = {child: parent for child, parent, _ in processes()}
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def test_what_was_found_so_far_is_shown_and_nothing_goes_on_running(tmp_path):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    process = popen([*COMMAND, *ASKED], cwd=tmp_path, env=environment(), **pipes)
    said = iter(process.stderr.readline, "")
    assert any("beat killed: " in line for line in said)
    started = descendants(process.pid)
    assert len(started) >= 5  # broker, sandbox, api, workers, beat, and their watchdog
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=120)
    let_go(process)
    assert process.returncode == 130
    assert re.search(r"beat killed +\d", shown)
    assert not started & {pid for pid, _, _ in processes()}
