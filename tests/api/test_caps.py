"""What a tenant may ask of the api: requests a minute, and jobs that wait to be started."""

from dataclasses import replace

import anthropic
import pytest

from jobs.job import JobState
from jobs.tenant import Tenant
from tests.api.access import made_key
from tests.api.belongings import client_of
from tests.api.conftest import NOWHERE
from tests.api.requests import NDJSON, a_line, a_request, ndjson
from tests.api.serving import serving
from tests.factories import NOW, stored_job


@pytest.fixture
def capped(store):
    """Lay down caps for a tenant, and return its key."""

    def lay_down(**caps):
        with store.write() as tx:
            tx.tenants.put(Tenant(name="capped", **caps), now=NOW)
        return made_key(store, "capped")

    return lay_down


def jobs_of(store):
    with store.read() as tx:
        return len(tx.jobs.list(tenant="capped", limit=100))


def test_requests_are_counted_by_all_api_processes_together(capped, store, settings):
    key = capped(requests_per_minute=5)
    with (
        serving(settings, store) as one,
        serving(settings, store) as other,
        client_of(one, key) as here,
        client_of(other, key) as there,
    ):
        answers = [client.get("/v1/jobs") for client in (here, there) * 4]
    assert sum(answer.status_code == 200 for answer in answers) == 5
    refused = answers[-1]
    assert (refused.status_code, refused.json()["error"]["type"]) == (429, "rate_limit_error")
    assert 1 <= int(refused.headers["retry-after"]) <= 13
    assert "5 requests a minute" in refused.text


def test_a_tenant_that_asks_too_much_does_not_slow_down_another(capped, store, url):
    key, other = capped(requests_per_minute=1), made_key(store, "other")
    with client_of(url, key) as fast, client_of(url, other) as slow:
        assert [fast.get("/v1/jobs").status_code for _ in range(3)] == [200, 429, 429]
        assert {slow.get("/v1/jobs").status_code for _ in range(3)} == {200}
        assert fast.get("/readyz").status_code == 200


def test_claudes_client_raises_its_own_error_for_too_many_requests(capped, url):
    key = capped(requests_per_minute=1)
    with anthropic.Anthropic(base_url=url, api_key=key, max_retries=0) as client:
        client.messages.batches.list()
        with pytest.raises(anthropic.RateLimitError) as caught:
            client.messages.batches.list()
    assert int(caught.value.response.headers["retry-after"]) > 0


def test_while_requests_cannot_be_counted_none_is_refused(capped, store, settings):
    key = capped(requests_per_minute=1)
    with serving(replace(settings, redis_url=NOWHERE), store) as url, client_of(url, key) as client:
        assert {client.get("/v1/jobs").status_code for _ in range(3)} == {200}


def test_what_the_queue_has_no_room_for_is_refused_whole(capped, store, url):
    key = capped(max_queued=3)
    batch = {"content": ndjson(a_line("a"), a_line("b")), "headers": NDJSON}
    with client_of(url, key) as client:
        assert client.post("/v1/jobs", **batch).status_code == 202
        refused = client.post("/v1/jobs", **batch)
        assert (refused.status_code, refused.json()["error"]["type"]) == (429, "rate_limit_error")
        assert "3 jobs queued" in refused.text
        assert int(refused.headers["retry-after"]) > 0
        assert client.post("/v1/jobs", json=a_line()).status_code == 202
        assert client.post("/v1/jobs", json=a_line()).status_code == 429
    assert jobs_of(store) == 3


def test_only_jobs_that_wait_to_be_started_count(capped, store, url):
    key = capped(max_queued=2)
    stored_job(store, tenant="capped", state=JobState.WAITING)
    for state in (JobState.RUNNING, JobState.SUCCEEDED, JobState.ERRORED):
        stored_job(store, tenant="capped", state=state)
    stored_job(store, tenant="other")
    with client_of(url, key) as client:
        assert [client.post("/v1/jobs", json=a_line()).status_code for _ in range(2)] == [202, 429]


def test_a_repetition_of_what_was_taken_is_no_more_of_it(capped, url):
    key = capped(max_queued=1)
    sent = {"json": a_line(), "headers": {"idempotency-key": "k"}}
    with client_of(url, key) as client:
        first, again = (client.post("/v1/jobs", **sent) for _ in range(2))
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


def test_a_batch_that_can_never_fit_is_not_worth_another_try(capped, url):
    key = capped(max_queued=1)
    with (
        anthropic.Anthropic(base_url=url, api_key=key, max_retries=2) as client,
        pytest.raises(anthropic.RateLimitError, match="these are 2") as caught,
    ):
        client.messages.batches.create(requests=[a_request("a"), a_request("b")])
    assert caught.value.response.headers["x-should-retry"] == "false"
