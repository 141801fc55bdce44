"""An evaluation that recurs, from its first due time to the drop that somebody must hear of."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.eventually import until
from tests.journeys.programs import EXAMPLES

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize("database_url", ["postgres"], indirect=True),
]

STEP = timedelta(seconds=2)
RUNS = 5
SAMPLES = 100


def arithmetic():
    folder = EXAMPLES / "evals"
    return {
        "definition": (folder / "arithmetic.yaml").read_text() + f"looks: {RUNS - 1}\n",
        "dataset": {"name": "arithmetic.jsonl", "content": (folder / "arithmetic.jsonl").read_text()},
        "changes": {"limit": SAMPLES},
    }


def add(stack, **fields):
    schedule = {"name": "nightly", "every_s": STEP.total_seconds(), "overlap": "queue", **fields}
    answer = stack.client.post("/v1/schedules", json=schedule)
    assert answer.status_code == httpx.codes.CREATED, answer.text


def runs(stack, *, graded=0):
    """Return what became of the due times, the earliest first, once so many of them are graded."""

    def found():
        data = stack.client.get("/v1/schedules/nightly/runs").json()["data"][::-1]
        return data if sum(run["verdict"] is not None for run in data) >= graded else None

    return until(found, f"{graded} runs to be graded: {stack.folder}")


def submitted(stack):
    """Return the ids of all runs that there are, whoever started them."""
    return {run["id"] for run in stack.client.get("/v1/evaluations/runs").json()["data"]}


def turn(stack, **dials):
    httpx.put(f"{stack.sandbox_url}/_sandbox/settings", json=dials).raise_for_status()


def test_each_due_time_is_run_once_with_a_beat_killed_and_only_a_real_drop_is_worse(stack):
    stack.start_all("--latency-ms", "0", "--error-rate", "0.1")
    stack.start_worker()
    stack.start("beat", "worker", "beat")
    first = datetime.now(UTC) + STEP
    last = first + (RUNS - 1) * STEP
    add(stack, start_at=first.isoformat(), end_at=last.isoformat(), evaluation=arithmetic())
    runs(stack, graded=2)
    stack.beat.kill()
    turn(stack, seed=7)  # other sums go wrong from here on, as many as before
    recurred = runs(stack, graded=RUNS)
    due = [datetime.fromisoformat(run["due_at"]) for run in recurred]
    assert due == [first + n * STEP for n in range(RUNS)]
    assert [run["verdict"] for run in recurred] == ["first", *["cannot_tell"] * (RUNS - 1)]
    assert {run["eval_run_id"] for run in recurred} == submitted(stack)
    turn(stack, error_rate=0.4)
    stack.client.post("/v1/schedules/nightly/trigger").raise_for_status()
    dropped = runs(stack, graded=RUNS + 1)[-1]
    assert (dropped["is_triggered"], dropped["verdict"]) == (True, "worse"), dropped
