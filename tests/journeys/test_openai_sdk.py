"""The official OpenAI SDK through the whole service, as a script that runs under its older versions too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey

SCRIPTS = Path(__file__).parents[1] / "clients"
EXAMPLES = Path(__file__).parents[2] / "examples"


def run(script, *arguments, **environment):
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_everything_that_the_sdk_does_works_at_both_addresses(stack):
    stack.start_all()
    told = run(SCRIPTS / "openai_journey.py", stack.api_url)
    assert told.returncode == 0, told.stdout + told.stderr
    assert told.stdout.count(": ok\n") == 22


def test_the_example_runs(stack):
    stack.start_all()
    told = run(EXAMPLES / "openai_sdk.py", PROMPTMILL_URL=stack.api_url)
    assert told.returncode == 0, told.stderr
    assert "42" in told.stdout
