import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.batch import KINDS, Batch
from tests.eventually import until
from tests.sandbox.running import Json, Running, question

PATH = "/v1/messages/batches"


def entry(custom_id: str, text: str, **more: Any) -> Json:
    return {"custom_id": custom_id, "params": question(text, **more)}


def created(sandbox: Running, *entries: Json) -> Json:
    answer = sandbox.post({"requests": list(entries)}, PATH)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ended(sandbox: Running, batch: Json) -> Json:
    def look() -> Json | None:
        found = sandbox.http.get(f"{PATH}/{batch['id']}").json()
        return found if found["processing_status"] == "ended" else None

    found = until(look, "the batch to end")
    assert found is not None
    return found


def results(sandbox: Running, batch: Json) -> dict[str, Json]:
    text = sandbox.http.get(batch["results_url"]).text
    assert text.endswith("\n")
    lines = [json.loads(line) for line in text.split("\n")[:-1]]
    return {line["custom_id"]: line["result"] for line in lines}


@pytest.fixture
def quick(start: Callable[..., Running]) -> Running:
    return start("--batch-s", "0.2")


def test_a_batch_ends_with_a_result_for_each_request(quick: Running):
    batch = created(quick, entry("a", "What is 1 + 1?"), entry("b", "[[500]]"), entry("c", "[[expired]]"))
    assert batch["id"].startswith("msgbatch_01")
    assert (batch["type"], batch["processing_status"], batch["results_url"]) == (
        "message_batch",
        "in_progress",
        None,
    )
    batch = ended(quick, batch)
    found = results(quick, batch)
    assert found["a"]["message"]["content"] == [{"type": "text", "text": "2"}]
    assert found["a"]["message"]["usage"]["service_tier"] == "batch"
    assert found["b"]["error"]["error"]["type"] == "api_error"
    assert found["b"]["error"]["request_id"].startswith("req_")
    assert found["c"] == {"type": "expired"}
    counts = {"processing": 0, "succeeded": 1, "errored": 1, "canceled": 0, "expired": 1}
    assert batch["request_counts"] == counts


def test_counts_are_frozen_in_processing_however_many_are_done():
    now = datetime.now(UTC)
    batch = Batch(
        id="b", account="a", version="", betas="", created_at=now, expires_at=now, waiting=[], total=2
    )
    batch.settle("x", {"type": "errored"})
    assert batch.shown("")["request_counts"] == {"processing": 2, **dict.fromkeys(KINDS, 0)}
    batch.settle("y", {"type": "succeeded"})
    batch.ended_at = now
    counts = {"succeeded": 1, "errored": 1, "canceled": 0, "expired": 0}
    assert batch.shown("")["request_counts"] == {"processing": 0, **counts}


def test_cancel_ends_what_is_stuck(quick: Running):
    batch = created(quick, entry("a", "Hi"), entry("b", "[[stuck]]"))
    assert batch["request_counts"] == {"processing": 2, **dict.fromkeys(KINDS, 0)}
    canceling = quick.http.post(f"{PATH}/{batch['id']}/cancel").json()
    assert canceling["processing_status"] == "canceling"
    assert canceling["cancel_initiated_at"].endswith("Z")
    batch = ended(quick, batch)
    assert results(quick, batch)["b"] == {"type": "canceled"}
    assert quick.http.post(f"{PATH}/{batch['id']}/cancel").status_code == 400


def test_what_has_not_ended_in_time_expires(start: Callable[..., Running]):
    sandbox = start("--batch-s", "0", "--batch-expires-s", "0.3")
    batch = ended(sandbox, created(sandbox, entry("a", "Hi"), entry("b", "[[stuck]]")))
    assert results(sandbox, batch)["b"] == {"type": "expired"}


def test_results_come_in_no_order(quick: Running):
    batch = ended(quick, created(quick, *(entry(f"n{n}", f"What is {n} + 1?") for n in range(200))))
    found = results(quick, batch)
    assert len(found) == 200
    assert list(found) != sorted(found, key=lambda name: int(name[1:]))
    assert all(found[f"n{n}"]["message"]["content"][0]["text"] == str(n + 1) for n in range(200))


def test_faults_of_single_requests_show_only_in_their_results(quick: Running):
    bad = {"custom_id": "b", "params": {"model": "claude-opus-5"}}
    batch = created(
        quick,
        entry("a", "Hi", max_tokens=0),
        bad,
        entry("c", "Hi", stream=True),
        entry("d", "Hi", model="claude-2.1"),
    )
    found = results(quick, ended(quick, batch))
    kinds = [found[name]["error"]["error"]["type"] for name in "abcd"]
    assert kinds == ["invalid_request_error"] * 3 + ["not_found_error"]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([], "requests: List should have at least 1 item after validation, not 0"),
        ([{"params": {}}], "requests.0.custom_id: Field required"),
        ([{"custom_id": "a"}], "requests.0.params: Field required"),
        ([entry("x" * 65, "Hi")], "requests.0.custom_id: String should have at most 64 characters"),
        ([entry("a b", "Hi")], "requests.0.custom_id: String should match pattern"),
        ([entry("a", "Hi"), entry("a", "Hi")], "requests.1.custom_id: `a` is not unique in this batch"),
    ],
)
def test_a_wrong_envelope_fails_the_whole_create(sandbox: Running, entries: list[Json], message: str):
    answer = sandbox.post({"requests": entries}, PATH)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(message)


def test_batches_page_in_both_directions(quick: Running):
    ids = [created(quick, entry("a", "Hi"))["id"] for _ in range(5)][::-1]
    page = quick.http.get(PATH, params={"limit": 2}).json()
    assert [one["id"] for one in page["data"]] == ids[:2]
    assert (page["has_more"], page["first_id"], page["last_id"]) == (True, ids[0], ids[1])
    page = quick.http.get(PATH, params={"limit": 3, "after_id": ids[1]}).json()
    assert ([one["id"] for one in page["data"]], page["has_more"]) == (ids[2:], False)
    page = quick.http.get(PATH, params={"limit": 2, "before_id": ids[3]}).json()
    assert ([one["id"] for one in page["data"]], page["has_more"]) == (ids[1:3], True)


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 1001}, {"limit": "x"}, {"after_id": "msgbatch_none"}]
)
def test_a_wrong_page_is_400(sandbox: Running, query: Json):
    assert sandbox.http.get(PATH, params=query).status_code == 400


def test_a_batch_is_deleted_only_when_it_has_ended(quick: Running):
    batch = created(quick, entry("a", "[[stuck]]"))
    url = f"{PATH}/{batch['id']}"
    assert quick.http.delete(url).status_code == 400
    assert quick.http.get(f"{url}/results").status_code == 400
    quick.http.post(f"{url}/cancel")
    ended(quick, batch)
    assert quick.http.delete(url).json() == {"id": batch["id"], "type": "message_batch_deleted"}
    assert quick.http.get(url).status_code == 404


def test_another_key_does_not_see_the_batch(quick: Running):
    batch = created(quick, entry("a", "Hi"))
    assert quick.http.get(f"{PATH}/{batch['id']}", headers={"x-api-key": "sk-ant-other"}).status_code == 404


def test_archived_results_are_gone_but_the_batch_is_listed(quick: Running):
    batch = ended(quick, created(quick, entry("a", "Hi")))
    quick.turn(batch_archive_s=0)
    found = quick.http.get(f"{PATH}/{batch['id']}").json()
    assert found["archived_at"].endswith("Z")
    assert found["results_url"] is None
    assert quick.http.get(f"{PATH}/{batch['id']}/results").status_code == 404


def test_a_create_whose_answer_is_lost_has_made_a_batch(quick: Running):
    quick.turn(scripts={PATH: "lost, then ok"})
    body = {"requests": [entry("a", "Hi")]}
    with pytest.raises(Exception, match=r"disconnect|reset"):
        quick.post(body, PATH)
    assert len(quick.http.get(PATH).json()["data"]) == 1


def test_the_queue_has_an_end(quick: Running):
    quick.turn(batch_queue=1)
    answer = quick.post({"requests": [entry("a", "Hi"), entry("b", "Hi")]}, PATH)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
