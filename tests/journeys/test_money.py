"""A batch that may cost only so much stops within what is in flight, is raised, and completes."""

import json

import pytest

from tests.eventually import until

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize(
        "database_url", [pytest.param("sqlite", marks=pytest.mark.long), "postgres"], indirect=True
    ),
]

JOBS = 600
IN_FLIGHT = 20
MOST = 0.002  # dollars: some two hundred of these answers


def submit(stack):
    request = {"model": "claude-haiku-5-5", "max_tokens": 64}
    lines = "\n".join(
        json.dumps({"request": {**request, "messages": [{"role": "user", "content": f"What is {n} + 4?"}]}})
        for n in range(JOBS)
    )
    headers = {"content-type": "application/x-ndjson"}
    answer = stack.client.post("/v1/jobs", params={"max_cost": MOST}, content=lines, headers=headers)
    return answer.raise_for_status().json()["id"]


def batch_of(stack, batch_id):
    return stack.client.get(f"/v1/batches/{batch_id}").raise_for_status().json()


def held(stack, batch_id):
    """Return the batch once all that is not over waits for money."""
    batch = batch_of(stack, batch_id)
    counts = batch["counts"]
    return batch if counts["waiting"] and counts["running"] == counts["queued"] == 0 else None


def test_a_batch_stops_at_its_max_cost_and_goes_on_when_it_is_raised(stack):
    stack.environment["PROMPTMILL_CONCURRENCY"] = str(IN_FLIGHT // 2)
    stack.start_all()
    stack.start_worker()
    batch_id = submit(stack)
    batch = until(lambda: held(stack, batch_id), "the batch to stop for want of money", timeout_s=120)
    done = batch["counts"]["succeeded"]
    each = batch["usage"]["cost"] / done
    assert (batch["held"]["reason"], batch["counts"]["waiting"]) == ("max_cost", JOBS - done)
    assert MOST <= batch["usage"]["cost"] <= MOST + (IN_FLIGHT + 1) * each
    assert stack.calls()["total"] == done
    stack.client.patch(f"/v1/batches/{batch_id}", json={"max_cost": None}).raise_for_status()
    assert stack.wait(batch_id)["counts"]["succeeded"] == JOBS
    spent = stack.client.get("/v1/spending").json()
    assert spent["usage"]["cost"] == pytest.approx(batch_of(stack, batch_id)["usage"]["cost"])
