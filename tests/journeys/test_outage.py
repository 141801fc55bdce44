"""The database goes away under a whole service: no answer of Claude is lost, and the api says so politely."""

import tempfile
from pathlib import Path

import httpx
import pytest

from jobs.store import migrate
from tests.eventually import until
from tests.journeys.postgres_server import postgres_server
from tests.journeys.stack import Stack

pytestmark = pytest.mark.journey

JOBS = 100
SETTINGS = {
    "PROMPTMILL_GRACE_S": "1",
    # Nobody may take a worker for lost while none is there to settle what it has spilled.
    "PROMPTMILL_WORKER_LEASE_S": "600",
    "PROMPTMILL_LIMITS": "off",
}


@pytest.fixture
def postgres():
    # Not in the test's own folder: the path of a Unix socket may have about a hundred characters only.
    with (
        tempfile.TemporaryDirectory(prefix="pm-pg-") as directory,
        postgres_server(Path(directory)) as server,
    ):
        migrate.upgrade(server.url)
        yield server


@pytest.fixture
def stack(tmp_path, postgres, valkey_url):
    stack = Stack(tmp_path, database_url=postgres.url, redis_url=valkey_url)
    stack.environment |= {**SETTINGS, "PROMPTMILL_SPILL_DIR": str(tmp_path / "spill")}
    yield stack
    stack.close()


def refused(stack):
    response = stack.client.get("/v1/batches")
    return response if response.status_code == httpx.codes.SERVICE_UNAVAILABLE else None


def spilled(stack):
    return [
        line for path in (stack.folder / "spill").glob("*.jsonl") for line in path.read_text().splitlines()
    ]


def test_answers_that_a_stopped_worker_could_not_write_are_written_by_another_process(stack, postgres):
    stack.start_all("--latency-ms", "4000")
    batch_id = stack.submit([f"What is {n} + 1?" for n in range(JOBS)])
    until(lambda: stack.counts(batch_id)["running"] == JOBS, "every job to run")
    postgres.stop()
    response = until(lambda: refused(stack), "the api to miss its database")
    assert int(response.headers["retry-after"]) > 0
    until(lambda: stack.calls()["by_status"].get("200") == JOBS, "every call to be answered")
    assert stack.worker.stop() == 0
    assert len(spilled(stack)) == JOBS
    postgres.start()
    stack.start_worker()
    assert stack.wait(batch_id)["counts"]["succeeded"] == JOBS
    assert stack.calls()["total"] == JOBS
    assert spilled(stack) == []


def test_a_worker_that_stays_writes_its_answers_when_the_database_is_back(stack, postgres):
    stack.start_all("--latency-ms", "2000")
    batch_id = stack.submit([f"What is {n} + 1?" for n in range(JOBS)])
    until(lambda: stack.counts(batch_id)["running"] == JOBS, "every job to run")
    postgres.stop()
    until(lambda: stack.calls()["by_status"].get("200") == JOBS, "every call to be answered")
    postgres.start()
    until(lambda: refused(stack) is None, "the api to find its database again")
    assert stack.wait(batch_id)["counts"]["succeeded"] == JOBS
    assert stack.calls()["total"] == JOBS
    jobs = stack.client.get("/v1/jobs", params={"batch_id": batch_id, "limit": JOBS}).json()["data"]
    assert {(job["attempt"], job["failures"]) for job in jobs} == {(1, 0)}
