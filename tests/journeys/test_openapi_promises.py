"""What the OpenAPI document promises is kept, whatever is sent: no server error, no unnamed status."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
OPTIONS = (
    "--checks=not_a_server_error,status_code_conformance",
    "--phases=examples,coverage,fuzzing",
    "--max-examples=8",
    "--generation-deterministic",
    "--continue-on-failure",
    "--request-timeout=30",
    "--warnings=off",
    "--no-color",
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_request_brings_a_server_error_or_a_status_that_is_not_documented(stack, tmp_path):
    stack.start_all("--latency-ms", "0")
    told = subprocess.run(
        [SCHEMATHESIS, "run", f"{stack.api_url}/schema/openapi.json", *OPTIONS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "Tested: " in told.stdout
