"""Two tenants with keys of their own, through the real processes; and Claude's key, which nobody sees."""

import subprocess
import sys
from contextlib import contextmanager

import anthropic
import httpx
import pytest

from promptmill.client import Client
from promptmill.errors import RefusedError
from tests.eventually import until
from tests.journeys.stack import ROOT

pytestmark = pytest.mark.journey

KEY_FILE = "claudes.key"
CLAUDES_KEY = "sk-ant-nobody-sees-this-key"
REQUEST = {
    "model": "claude-haiku-5-5",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "What is 20 + 3?"}],
}


@pytest.fixture
def stack(stack, tmp_path):
    """Return a stack whose processes have Claude's key from a file."""
    (tmp_path / KEY_FILE).write_text(f"{CLAUDES_KEY}\n")
    del stack.environment["ANTHROPIC_API_KEY"]
    stack.environment["ANTHROPIC_API_KEY_FILE"] = str(tmp_path / KEY_FILE)
    return stack


def command(stack, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "promptmill", *arguments],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def clients(stack, *tenants):
    keys = [command(stack, "keys", "create", "--tenant", tenant) for tenant in tenants]
    opened = [Client(stack.api_url, api_key=key) for key in keys]
    until(lambda: status(stack, "/v1/jobs") == 401, "keys to be asked for")
    yield [*keys, *opened]
    for client in opened:
        client.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_two_tenants_run_their_jobs_side_by_side_and_see_their_own_only(stack):
    stack.start_all()
    with clients(stack, "acme", "other") as (key, other_key, acme, other):
        ours, theirs = (client.submit([{"request": REQUEST}] * 20).id for client in (acme, other))
        assert acme.wait(ours).counts.succeeded == other.wait(theirs).counts.succeeded == 20
        assert {job.batch_id for job in acme.jobs()} == {ours}
        assert {job.batch_id for job in other.jobs()} == {theirs}
        assert {result.text for result in acme.results(ours)} == {"23"}
        with anthropic.Anthropic(base_url=stack.api_url, api_key=other_key, max_retries=0) as sdk:
            assert sdk.messages.batches.list().data == []
        assert status(stack, f"/v1/batches/{ours}", {"x-api-key": other_key}) == 404
        command(stack, "keys", "revoke", key)
        until(lambda: status(stack, "/v1/jobs", {"x-api-key": key}) == 401, "the key to be refused")
        assert len(list(other.jobs())) == 20


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_cap_laid_down_while_all_runs_holds_within_seconds(stack):
    stack.start_all()
    with clients(stack, "acme") as (key, acme):
        command(stack, "tenants", "set", "acme", "--max-queued", "1")
        until(lambda: is_refused(acme), "the queue's cap to hold")
        command(stack, "tenants", "set", "acme", "--requests-per-minute", "1")
        head = {"x-api-key": key}
        until(lambda: status(stack, "/v1/lanes", head) == 429, "the cap on requests to hold")
        assert status(stack, "/healthz", head) == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_claudes_key_is_found_in_no_row_no_log_and_no_answer(stack, tmp_path):
    stack.start_all()
    refused = {**REQUEST, "model": "claude-none-9"}  # what Claude says of it is kept with the job
    with Client(stack.api_url) as client, httpx.Client(base_url=stack.api_url, timeout=60) as http:
        ids = [client.submit_job(request).id for request in (REQUEST, refused)]
        assert [client.wait_for_job(each).state for each in ids] == ["succeeded", "errored"]
        paths = [*(f"/v1/jobs/{each}" for each in ids), "/v1/lanes", "/metrics", "/schema", "/readyz"]
        shown = "".join(http.get(path).text for path in paths)
    assert CLAUDES_KEY not in shown
    stack.worker.stop()
    stack.api.stop()
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != KEY_FILE]
    assert {"api.log", "worker.log", "promptmill.db"} <= {path.name for path in kept}
    assert not [path for path in kept if CLAUDES_KEY.encode() in path.read_bytes()]


def is_refused(client):
    try:
        client.submit([{"request": REQUEST}] * 2)
    except RefusedError as error:
        return error.status == 429
    return False


def status(stack, path, head=None):
    return httpx.get(f"{stack.api_url}{path}", headers=head).status_code
