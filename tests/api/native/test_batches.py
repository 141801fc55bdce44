import json

import httpx
import pytest

from tests.api.ending import end, jobs_of
from tests.api.requests import NDJSON, a_line, ndjson
from tests.factories import ANSWER


@pytest.fixture
def batch_id(http):
    """Return the id of a batch of three."""
    lines = ndjson(a_line("a"), a_line("b"), a_line("c"))
    return http.post("/v1/jobs", content=lines, headers=NDJSON).json()["id"]


def results(http, batch_id):
    answered = http.get(f"/v1/batches/{batch_id}/results")
    assert answered.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answered.text.splitlines()]


def test_counts_and_usage_are_live(http, store, batch_id):
    assert http.get(f"/v1/batches/{batch_id}").json()["counts"]["queued"] == 3
    end(store, batch_id, failing="b")
    batch = http.get(f"/v1/batches/{batch_id}").json()
    assert (batch["state"], batch["counts"]["succeeded"], batch["counts"]["errored"]) == ("ended", 2, 1)
    assert (batch["usage"]["input_tokens"], batch["usage"]["cost"]) == (20, 0.5)


def test_results_are_lines_in_the_order_of_submission(http, store, batch_id):
    assert results(http, batch_id) == []
    end(store, batch_id, failing="b")
    found = results(http, batch_id)
    assert [(line["custom_id"], line["state"]) for line in found] == [
        ("a", "succeeded"),
        ("b", "errored"),
        ("c", "succeeded"),
    ]
    assert found[0]["response"] == json.loads(ANSWER)
    assert (found[1]["response"], found[1]["error"]["type"], found[1]["attempts"]) == (
        None,
        "overloaded_error",
        1,
    )
    assert found[0]["job_id"] == jobs_of(store, batch_id)[0].id


def test_an_answer_is_spliced_in_byte_for_byte_and_stays_on_one_line(http, store, batch_id):
    end(store, batch_id, response='{"n":1.50e3,\n"s":"\\u00e4\\n"}')
    lines = http.get(f"/v1/batches/{batch_id}/results").text.split("\n")
    assert len(lines) == 4
    assert '"response":{"n":1.50e3, "s":"\\u00e4\\n"}' in lines[0]


def test_a_batch_of_many_pages_comes_whole(http, store):
    lines = ndjson(*[a_line(f"row-{number}") for number in range(250)])
    batch_id = http.post("/v1/jobs", content=lines, headers=NDJSON).json()["id"]
    end(store, batch_id)
    found = [line["custom_id"] for line in results(http, batch_id)]
    assert found == [f"row-{number}" for number in range(250)]


def test_a_canceled_batch_ends_what_has_not_started(http, batch_id):
    canceled = http.post(f"/v1/batches/{batch_id}/cancel").json()
    assert (canceled["state"], canceled["counts"]["canceled"]) == ("ended", 3)
    assert canceled["cancel_requested_at"] is not None
    assert http.post(f"/v1/batches/{batch_id}/cancel").json() == canceled


def test_failed_jobs_of_a_batch_are_run_again(http, store, batch_id):
    end(store, batch_id, failing="b")
    again = http.post(f"/v1/batches/{batch_id}/retry").json()
    assert (again["state"], again["counts"]["queued"], again["counts"]["succeeded"]) == ("running", 1, 2)
    assert http.post(f"/v1/batches/{batch_id}/retry").status_code == 409


def test_an_ended_batch_is_deleted_with_its_jobs(http, store, batch_id):
    assert http.delete(f"/v1/batches/{batch_id}").status_code == 409
    end(store, batch_id)
    assert http.delete(f"/v1/batches/{batch_id}").json() == {"id": batch_id, "deleted": True}
    assert http.get(f"/v1/batches/{batch_id}").status_code == 404
    assert http.get("/v1/jobs", params={"batch_id": batch_id}).json()["data"] == []


def test_batches_of_every_dialect_are_listed_newest_first(http, sdk, batch_id):
    body = a_line()["request"]
    newer = sdk.messages.batches.create(requests=[{"custom_id": "a", "params": body}])
    first = http.get("/v1/batches", params={"limit": 1}).json()
    second = http.get("/v1/batches", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [page["data"][0]["id"] for page in (first, second)] == [newer.id, batch_id]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("path", ["", "/results", "/cancel", "/retry"])
@pytest.mark.parametrize("unknown", ["nope", "%00", "batch_" + "0" * 25])
def test_an_unknown_batch_is_not_found(refusing, unknown, path):
    method = "POST" if path in {"/cancel", "/retry"} else "GET"
    assert refusing.request(method, f"/v1/batches/{unknown}{path}").status_code == 404
    assert refusing.delete(f"/v1/batches/{unknown}").status_code == 404


def test_results_that_break_off_do_not_pass_for_whole_ones(http, store):
    lines = ndjson(*[a_line(f"row-{number}") for number in range(250)])
    batch_id = http.post("/v1/jobs", content=lines, headers=NDJSON).json()["id"]
    end(store, batch_id)
    with store.write() as tx:
        tx.jobs._connection.exec_driver_sql("UPDATE jobs SET priority = 'odd' WHERE custom_id = 'row-200'")
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(f"/v1/batches/{batch_id}/results")
