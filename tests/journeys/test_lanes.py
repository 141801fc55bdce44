"""A fault of the account pauses the lane and burns no job; work goes on where it was."""

import httpx
import pytest

from tests.eventually import until
from tests.journeys.stack import Stack

pytestmark = pytest.mark.journey

JOBS = 300


@pytest.fixture(scope="module")
def stack(tmp_path_factory, sqlite_template, valkey_server):
    folder = tmp_path_factory.mktemp("lanes")
    (folder / "promptmill.db").write_bytes(sqlite_template.read_bytes())
    # Another database there than other stacks have, or each would take the other's jobs from the queue.
    broker = valkey_server.removesuffix("/0") + "/1"
    stack = Stack(folder, database_url=f"sqlite:///{folder / 'promptmill.db'}", redis_url=broker)
    stack.start_all()
    yield stack
    stack.close()


@pytest.fixture
def narrow(tmp_path, sqlite_url, valkey_url):
    """Return a stack that is still to be started with a sandbox that bears little."""
    stack = Stack(tmp_path, database_url=sqlite_url, redis_url=valkey_url)
    yield stack
    stack.close()


def script(stack, word):
    scripts = {"*": word} if word else {}
    httpx.put(f"{stack.sandbox_url}/_sandbox/settings", json={"scripts": scripts}).raise_for_status()


def paused(stack, batch_id):
    return stack.client.get(f"/v1/batches/{batch_id}").json()["paused_lanes"]


def prompts():
    return [f"What is {n} + 4?" for n in range(JOBS)]


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("credit", "credit balance is too low"),
        ("spend-cap", "rate_limit_error"),
        ("401", "authentication_error"),
    ],
)
def test_the_lane_is_paused_with_its_reason_and_no_job_fails(stack, word, reason):
    script(stack, word)
    batch_id = stack.submit(prompts())
    [lane] = until(lambda: paused(stack, batch_id), "the lane to be paused")
    assert lane["name"] == "haiku-5-5"
    assert reason in lane["reason"]
    script(stack, None)
    stack.client.post("/v1/lanes/resume").raise_for_status()
    assert stack.wait(batch_id)["counts"]["succeeded"] == JOBS
    assert paused(stack, batch_id) == []
    jobs = stack.client.get("/v1/jobs", params={"batch_id": batch_id, "limit": 1000}).json()["data"]
    assert {job["failures"] for job in jobs} == {0}


def test_a_probe_finds_out_by_itself_that_the_account_is_mended(stack):
    script(stack, "credit")
    batch_id = stack.submit(prompts()[:20])
    until(lambda: paused(stack, batch_id), "the lane to be paused")
    script(stack, None)
    assert stack.wait(batch_id)["counts"]["succeeded"] == 20


def test_an_unknown_model_pauses_nothing(stack):
    request = {"model": "claude-none-9", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    job_id = stack.client.post("/v1/jobs", json={"request": request}).json()["id"]
    until(lambda: stack.client.get(f"/v1/jobs/{job_id}").json()["state"] == "errored", "the job to end")
    assert {lane["state"] for lane in stack.client.get("/v1/lanes").json()["data"]} == {"open"}
    assert stack.client.post("/v1/lanes/nowhere/resume").status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize(
    ("flag", "status", "costs"), [("--max-in-flight", "429", False), ("--overload-at", "529", True)]
)
def test_an_api_that_bears_few_calls_at_once_fails_no_job_and_pauses_no_lane(narrow, flag, status, costs):
    stack = narrow
    stack.start_all(flag, "20", "--latency-ms", "200")
    batch_id = stack.submit(prompts())
    assert stack.wait(batch_id)["counts"]["succeeded"] == JOBS
    calls = stack.calls()
    assert calls["total"] == JOBS + calls["by_status"][status]
    assert {lane["state"] for lane in stack.client.get("/v1/lanes").json()["data"]} == {"open"}
    jobs = stack.client.get("/v1/jobs", params={"batch_id": batch_id, "limit": JOBS}).json()["data"]
    assert any(job["failures"] for job in jobs) is costs
