"""Money over HTTP: what a batch may cost, why it waits, what a day has cost."""

from datetime import timedelta

import pytest

from jobs.clock import utc_now
from jobs.job import Usage
from jobs.tenant import Tenant, next_day
from tests.api.ending import jobs_of
from tests.api.requests import NDJSON, a_body, a_line, ndjson
from tests.factories import WORKER, an_outcome


def submitted(http, count=2, **query):
    lines = ndjson(*[a_line() for _ in range(count)])
    answer = http.post("/v1/jobs", params=query, content=lines, headers=NDJSON)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def spend(store, batch_id, cost):
    """Have the batch's first job end at such a cost."""
    job = jobs_of(store, batch_id)[0]
    with store.write() as tx:
        tx.jobs.claim([job.id], worker_id=WORKER, now=utc_now())
        tx.jobs.settle([an_outcome(job.id, usage=Usage(output_tokens=7, cost=cost), ended_at=utc_now())])


def test_a_batch_says_when_its_money_is_spent_and_goes_on_when_it_is_raised(http, store):
    batch_id = submitted(http, max_cost=0.5)
    assert http.get(f"/v1/batches/{batch_id}").json()["held"] is None
    spend(store, batch_id, 0.75)
    batch = http.get(f"/v1/batches/{batch_id}").json()
    held = batch["held"]
    assert (batch["max_cost"], held["reason"], held["spent"], held["until"]) == (0.5, "max_cost", 0.75, None)
    assert "$0.75" in held["message"]
    raised = http.patch(f"/v1/batches/{batch_id}", json={"max_cost": None})
    assert (raised.status_code, raised.json()["max_cost"]) == (200, None)
    assert http.get(f"/v1/batches/{batch_id}").json()["held"] is None


def test_a_batch_says_when_its_tenant_has_spent_the_day(http, store):
    with store.write() as tx:
        tx.tenants.put(Tenant(name="default", daily_budget=0.5), now=utc_now())
    batch_id = submitted(http)
    spend(store, batch_id, 0.5)
    held = http.get(f"/v1/batches/{batch_id}").json()["held"]
    assert (held["reason"], held["budget"]) == ("daily_budget", 0.5)
    assert held["until"] == next_day(utc_now()).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"{}", b'{"max_cost": -1}', b'{"max_cost": "5"}', b'{"max_cost": 1, "name": "x"}']
)
def test_a_change_that_makes_no_sense_is_refused(http, body):
    batch_id = submitted(http)
    refused = http.patch(
        f"/v1/batches/{batch_id}", content=body, headers={"content-type": "application/json"}
    )
    assert refused.status_code == 400
    assert http.get(f"/v1/batches/{batch_id}").json()["max_cost"] is None


def test_what_is_not_there_or_has_ended_cannot_be_changed(http, store):
    batch_id = submitted(http, count=1)
    spend(store, batch_id, 0.1)
    assert http.patch(f"/v1/batches/{batch_id}", json={"max_cost": 1}).status_code == 409
    assert http.patch("/v1/batches/batch_none", json={"max_cost": 1}).status_code == 404


def test_a_model_without_a_price_cannot_have_a_max_cost(refusing):
    lines = ndjson(a_line(), {"request": a_body() | {"model": "claude-unheard-9"}})
    refused = refusing.post("/v1/jobs", params={"max_cost": 1}, content=lines, headers=NDJSON)
    [detail] = refused.json()["error"]["details"]
    assert (refused.status_code, detail["line"], detail["field"]) == (400, 2, "model")
    assert "claude-unheard-9" in detail["message"]


def test_a_days_spending_is_told(http, store):
    spend(store, submitted(http), 0.25)
    today = http.get("/v1/spending").json()
    assert (today["tenant"], today["jobs"], today["daily_budget"]) == ("default", 1, None)
    assert (today["usage"]["cost"], today["usage"]["output_tokens"]) == (0.25, 7)
    assert http.get("/v1/spending", params={"day": today["day"]}).json() == today
    yesterday = (utc_now() - timedelta(days=1)).date().isoformat()
    assert http.get("/v1/spending", params={"day": yesterday}).json()["usage"]["cost"] == 0
    assert http.get("/v1/spending", params={"day": "yesterday"}).status_code == 400


def test_budgets_of_a_batch_hold_for_the_jobs_that_do_not_say_their_own(http):
    lines = ndjson(a_line("own", max_failures=2, max_time_s=5, expires_in_s=60), a_line("batchs"))
    query = {"max_failures": 9, "max_time_s": 90.5, "expires_in_s": 600}
    batch = http.post("/v1/jobs", params=query, content=lines, headers=NDJSON).json()
    batchs, own = http.get("/v1/jobs", params={"batch_id": batch["id"]}).json()["data"]
    assert (own["max_failures"], own["max_time_s"]) == (2, 5)
    assert (batchs["max_failures"], batchs["max_time_s"]) == (9, 90.5)
    assert own["expires_at"] < batchs["expires_at"] == batch["expires_at"]


def test_a_single_job_may_say_how_long_it_is_tried(http):
    job = http.post("/v1/jobs", json=a_line(max_time_s=12, expires_in_s=34)).json()
    assert (job["max_time_s"], job["first_started_at"], job["warnings"]) == (12, None, [])


@pytest.mark.parametrize("field", ["max_time_s", "expires_in_s"])
def test_a_time_of_nothing_is_refused(refusing, field):
    refused = refusing.post("/v1/jobs", json=a_line(**{field: 0}))
    assert (refused.status_code, refused.json()["error"]["details"][0]["field"]) == (400, field)
