"""The official SDK's own calls, against the api on a real socket."""

import json
import re

import anthropic
import pytest

from jobs.clock import utc_now
from tests.api.ending import end, jobs_of
from tests.api.requests import a_request
from tests.factories import ANSWER, WORKER

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def created(sdk, *custom_ids):
    return sdk.messages.batches.create(requests=[a_request(custom_id) for custom_id in custom_ids or "ab"])


def test_a_created_batch_is_in_progress_with_all_requests_processing(sdk):
    batch = created(sdk, "a", "b", "c")
    assert batch.id.startswith("msgbatch_")
    assert (batch.type, batch.processing_status) == ("message_batch", "in_progress")
    assert batch.request_counts.to_dict() == counts(processing=3)
    assert (batch.ended_at, batch.results_url, batch.archived_at) == (None, None, None)
    assert sdk.messages.batches.retrieve(batch.id) == batch


def counts(**given):
    return dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0) | given


def test_the_counts_stay_put_until_the_whole_batch_has_ended(sdk, http, store):
    batch = created(sdk, "a", "b")
    first, second = jobs_of(store, batch.id)
    http.post(f"/v1/jobs/{first.id}/cancel")
    assert sdk.messages.batches.retrieve(batch.id).request_counts.to_dict() == counts(processing=2)
    http.post(f"/v1/jobs/{second.id}/cancel")
    assert sdk.messages.batches.retrieve(batch.id).request_counts.to_dict() == counts(canceled=2)


def test_times_have_microseconds_and_a_z(http, sdk):
    batch = http.get(f"/v1/messages/batches/{created(sdk).id}").json()
    assert MOMENT.fullmatch(batch["created_at"])
    assert MOMENT.fullmatch(batch["expires_at"])


def test_results_come_from_the_host_that_the_caller_used(sdk, store, url):
    batch = created(sdk, "a", "b", "c")
    end(store, batch.id, failing="b")
    ended = sdk.messages.batches.retrieve(batch.id)
    assert ended.processing_status == "ended"
    assert ended.results_url == f"{url}/v1/messages/batches/{batch.id}/results"
    found = {line.custom_id: line.result for line in sdk.messages.batches.results(batch.id)}
    assert found["a"].message.content[0].text == "4"
    assert found["b"].error.error.type == "overloaded_error"
    assert found["b"].error.request_id == "req_1"
    assert list(found) == ["a", "b", "c"]


def test_claudes_message_is_in_the_results_byte_for_byte(http, sdk, store):
    batch = created(sdk, "a")
    end(store, batch.id, response=ANSWER)
    lines = http.get(f"/v1/messages/batches/{batch.id}/results").text
    assert lines == f'{{"custom_id":"a","result":{{"type":"succeeded","message":{ANSWER}}}}}\n'


def test_a_failure_of_ours_is_an_api_error_in_anthropics_words(sdk, store):
    batch = created(sdk, "a")
    end(store, batch.id, failing="a", error_type="connection_error")
    [line] = sdk.messages.batches.results(batch.id)
    assert line.result.error.error.type == "api_error"


def test_a_batch_is_canceled_and_its_results_say_so(sdk):
    batch = created(sdk)
    canceled = sdk.messages.batches.cancel(batch.id)
    assert canceled.cancel_initiated_at is not None
    assert canceled.request_counts.to_dict() == counts(canceled=2)
    assert {line.result.type for line in sdk.messages.batches.results(batch.id)} == {"canceled"}


def test_a_batch_with_a_running_request_is_canceling(sdk, store):
    batch = created(sdk)
    with store.write() as tx:
        tx.jobs.claim([jobs_of(store, batch.id)[0].id], worker_id=WORKER, now=utc_now())
    canceling = sdk.messages.batches.cancel(batch.id)
    assert (canceling.processing_status, canceling.ended_at) == ("canceling", None)
    assert canceling.request_counts.to_dict() == counts(processing=2)


def test_only_an_ended_batch_is_deleted(sdk, store):
    batch = created(sdk)
    with pytest.raises(anthropic.ConflictError):
        sdk.messages.batches.delete(batch.id)
    end(store, batch.id)
    assert sdk.messages.batches.delete(batch.id).to_dict() == {
        "id": batch.id,
        "type": "message_batch_deleted",
    }
    with pytest.raises(anthropic.NotFoundError):
        sdk.messages.batches.retrieve(batch.id)


def test_results_of_a_batch_that_has_not_ended_are_refused(http, sdk):
    batch = created(sdk)
    refused = http.get(f"/v1/messages/batches/{batch.id}/results")
    assert (refused.status_code, refused.json()["error"]["type"]) == (409, "conflict_error")


def test_paging_walks_forwards_and_backwards(sdk):
    ids = [created(sdk).id for _ in range(5)]
    assert [batch.id for batch in sdk.messages.batches.list(limit=2)] == ids[::-1]
    newer = sdk.messages.batches.list(limit=2, before_id=ids[0])
    assert [batch.id for batch in newer.data] == [ids[2], ids[1]]
    assert [batch.id for batch in newer] == [ids[2], ids[1], ids[4], ids[3]]
    older = sdk.messages.batches.list(limit=2, after_id=ids[3])
    assert [batch.id for batch in older] == [ids[2], ids[1], ids[0]]


def test_an_empty_page_names_no_ids(sdk):
    page = sdk.messages.batches.list()
    assert (page.data, page.has_more, page.first_id, page.last_id) == ([], False, None, None)


def test_native_batches_are_not_message_batches(http, sdk):
    lines = json.dumps({"request": a_request()["params"]})
    native = http.post("/v1/jobs", content=lines, headers={"content-type": "application/x-ndjson"}).json()
    assert sdk.messages.batches.list().data == []
    with pytest.raises(anthropic.NotFoundError):
        sdk.messages.batches.retrieve(native["id"])


def test_version_and_betas_are_kept_with_each_request(sdk, store):
    batch = sdk.messages.batches.create(requests=[a_request()], extra_headers={"anthropic-beta": "x-1,y-2"})
    [job] = jobs_of(store, batch.id)
    with store.read() as tx:
        kept = tx.jobs.get_request(job.id).headers
    assert kept == {"anthropic-version": "2026-10-21", "anthropic-beta": "x-1,y-2"}


def test_the_beta_query_of_older_sdks_is_ignored(http):
    assert http.get("/v1/messages/batches?beta=true").status_code == 200
    assert http.post("/v1/messages/batches?beta=true", json={"requests": [a_request()]}).status_code == 200
