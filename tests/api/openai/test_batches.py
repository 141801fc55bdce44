"""Batches as the official SDK makes them, follows them and reads their files."""

import json

import openai
import pytest

from jobs.clock import utc_now
from jobs.job import JobState
from tests.api.ending import end, jobs_of
from tests.api.openai.uploads import a_chat, a_line, created, uploaded
from tests.factories import WORKER, move


def lines_of(sdk, file_id):
    return [json.loads(line) for line in sdk.files.content(file_id).text.splitlines()]


def test_a_created_batch_is_in_progress(openai_sdk):
    batch = created(openai_sdk, metadata={"team": "a"})
    assert (batch.object, batch.status, batch.endpoint) == ("batch", "in_progress", "/v1/chat/completions")
    assert batch.request_counts.to_dict() == {"total": 2, "completed": 0, "failed": 0}
    assert (batch.completion_window, batch.metadata) == ("24h", {"team": "a"})
    assert batch.expires_at - batch.created_at == 86_400
    assert (batch.model, batch.errors, batch.output_file_id) == ("claude-sonnet-4-5", None, None)
    assert openai_sdk.batches.retrieve(batch.id) == batch


def test_counts_move_while_the_batch_runs(openai_sdk, store):
    batch = created(openai_sdk, a_line("a"), a_line("b"), a_line("c"))
    move(store, [jobs_of(store, batch.id)[0].id], JobState.SUCCEEDED)
    move(store, [jobs_of(store, batch.id)[1].id], JobState.ERRORED)
    counts = openai_sdk.batches.retrieve(batch.id).request_counts
    assert (counts.total, counts.completed, counts.failed) == (3, 1, 1)


def test_an_ended_batch_has_an_output_and_an_error_file(openai_sdk, store):
    batch = created(openai_sdk, a_line("a"), a_line("b"))
    end(store, batch.id, failing="b")
    ended = openai_sdk.batches.retrieve(batch.id)
    assert (ended.status, ended.completed_at is not None) == ("completed", True)
    assert ended.usage.total_tokens == ended.usage.input_tokens + ended.usage.output_tokens > 0
    [line] = lines_of(openai_sdk, ended.output_file_id)
    assert (line["custom_id"], line["error"]) == ("a", None)
    assert line["response"]["status_code"] == 200
    completion = line["response"]["body"]
    assert completion["object"] == "chat.completion"
    assert completion["choices"][0]["message"]["content"] == "4"
    [line] = lines_of(openai_sdk, ended.error_file_id)
    assert (line["custom_id"], line["response"]) == ("b", None)
    assert line["error"] == {"code": "overloaded_error", "message": "it did not work"}


def test_what_claude_refused_has_its_status_and_an_error_in_openais_shape(openai_sdk, store):
    batch = created(openai_sdk, a_line("a"))
    move(store, [jobs_of(store, batch.id)[0].id], JobState.ERRORED)
    ended = openai_sdk.batches.retrieve(batch.id)
    assert ended.output_file_id is None
    [line] = lines_of(openai_sdk, ended.error_file_id)
    assert line["error"] is None
    assert line["response"]["status_code"] == 529
    assert line["response"]["body"] == {
        "error": {"message": "Overloaded", "type": "server_error", "param": None, "code": None}
    }


def test_files_of_results_are_described_and_deleted_like_any_other(openai_sdk, store):
    batch = created(openai_sdk, a_line("a"))
    end(store, batch.id)
    file_id = openai_sdk.batches.retrieve(batch.id).output_file_id
    file = openai_sdk.files.retrieve(file_id)
    assert (file.id, file.purpose, file.filename) == (file_id, "batch_output", f"{batch.id}_output.jsonl")
    assert file.bytes == len(openai_sdk.files.content(file_id).content) > 0
    assert openai_sdk.files.delete(file_id).deleted
    assert openai_sdk.batches.retrieve(batch.id).output_file_id is None
    with pytest.raises(openai.NotFoundError):
        openai_sdk.files.content(file_id)


def test_a_batch_of_messages_answers_in_claudes_own_words(openai_sdk, store):
    line = a_line("a", url="/v1/messages", body={**a_chat(), "max_tokens": 64})
    batch = created(openai_sdk, line, endpoint="/v1/messages")
    end(store, batch.id)
    [line] = lines_of(openai_sdk, openai_sdk.batches.retrieve(batch.id).output_file_id)
    assert line["response"]["body"]["type"] == "message"


def test_a_canceled_batch_says_so_in_british_spelling(openai_sdk):
    batch = created(openai_sdk)
    cancelled = openai_sdk.batches.cancel(batch.id)
    assert (cancelled.status, cancelled.request_counts.failed) == ("cancelled", 2)
    assert cancelled.cancelling_at
    assert cancelled.cancelled_at
    assert {line["error"]["code"] for line in lines_of(openai_sdk, cancelled.error_file_id)} == {
        "batch_cancelled"
    }
    assert openai_sdk.batches.cancel(batch.id) == cancelled


def test_a_batch_with_a_running_request_is_cancelling(openai_sdk, store):
    batch = created(openai_sdk)
    with store.write() as tx:
        tx.jobs.claim([jobs_of(store, batch.id)[0].id], worker_id=WORKER, now=utc_now())
    cancelling = openai_sdk.batches.cancel(batch.id)
    assert (cancelling.status, cancelling.cancelled_at) == ("cancelling", None)


def test_an_ended_batch_cannot_be_canceled(openai_sdk, store):
    batch = created(openai_sdk)
    end(store, batch.id)
    with pytest.raises(openai.ConflictError, match="Cannot cancel a batch with status 'completed'"):
        openai_sdk.batches.cancel(batch.id)


def test_an_expired_batch_keeps_what_was_done(openai_sdk, store):
    batch = created(openai_sdk, a_line("a"), a_line("b"))
    first, second = jobs_of(store, batch.id)
    move(store, [first.id], JobState.SUCCEEDED)
    move(store, [second.id], JobState.EXPIRED)
    expired = openai_sdk.batches.retrieve(batch.id)
    assert (expired.status, expired.expired_at is not None, expired.completed_at) == ("expired", True, None)
    assert len(lines_of(openai_sdk, expired.output_file_id)) == 1
    [line] = lines_of(openai_sdk, expired.error_file_id)
    assert line["error"]["code"] == "batch_expired"


def test_batches_are_listed_newest_first_page_by_page(openai_sdk):
    ids = [created(openai_sdk, a_line()).id for _ in range(5)]
    assert [batch.id for batch in openai_sdk.batches.list(limit=2)] == ids[::-1]
    assert [batch.id for batch in openai_sdk.batches.list(after=ids[2])] == [ids[1], ids[0]]


def test_batches_of_other_dialects_are_not_listed_and_these_are_seen_natively(http, openai_sdk, sdk):
    sdk.messages.batches.create(requests=[{"custom_id": "a", "params": {**a_chat(), "max_tokens": 9}}])
    batch = created(openai_sdk)
    assert [each.id for each in openai_sdk.batches.list()] == [batch.id]
    assert http.get(f"/v1/batches/{batch.id}").json()["format"] == "chat"


def test_a_batch_deleted_natively_is_gone_here_as_well(http, openai_sdk, store):
    batch = created(openai_sdk)
    end(store, batch.id)
    assert http.delete(f"/v1/batches/{batch.id}").status_code == 200
    assert openai_sdk.batches.list().data == []
    with pytest.raises(openai.NotFoundError):
        openai_sdk.batches.retrieve(batch.id)
    with store.read() as tx:
        assert tx.openai_batches.get(batch.id, tenant="default") is None


def test_a_batch_goes_on_without_its_input_file(openai_sdk):
    file = uploaded(openai_sdk, a_line())
    batch = openai_sdk.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="2h"
    )
    openai_sdk.files.delete(file.id)
    assert openai_sdk.batches.retrieve(batch.id).expires_at - batch.created_at == 7200


def test_the_same_idempotency_key_gives_the_same_batch(openai_sdk):
    file = uploaded(openai_sdk, a_line())
    ids = {
        openai_sdk.batches.create(
            input_file_id=file.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            extra_headers={"idempotency-key": "k"},
        ).id
        for _ in range(2)
    }
    assert len(ids) == 1
