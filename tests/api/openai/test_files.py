"""Files as the official SDK uploads, lists, downloads and deletes them."""

import os
from datetime import timedelta

import openai
import pytest

from api.openai.upload import PART_BYTES
from jobs.clock import utc_now
from tests.api.openai.uploads import a_line, jsonl, uploaded
from worker.maintenance.pruner import Pruner

LARGEST = 1 << 20  # what this api takes


def test_a_file_comes_back_as_it_was_uploaded(openai_sdk):
    file = uploaded(openai_sdk, a_line())
    assert (file.object, file.purpose, file.filename, file.status) == (
        "file",
        "batch",
        "in.jsonl",
        "processed",
    )
    assert file.bytes == len(jsonl(a_line()))
    assert file.expires_at - file.created_at == 29 * 86_400
    assert openai_sdk.files.retrieve(file.id) == file
    assert openai_sdk.files.content(file.id).content == jsonl(a_line())


@pytest.mark.parametrize("size", [0, 1, LARGEST - 1, LARGEST])
def test_any_bytes_of_any_size_come_back(openai_sdk, size):
    content = os.urandom(size)
    file = openai_sdk.files.create(file=("any", content), purpose="batch")
    assert (file.bytes, openai_sdk.files.content(file.id).content) == (size, content)


def test_a_file_is_kept_in_parts(openai_sdk, store):
    file = openai_sdk.files.create(file=("any", b"x" * LARGEST), purpose="batch")
    with store.read() as tx:
        parts = [tx.files.part(file.id, number) for number in range(3)]
    assert PART_BYTES <= len(parts[0]) <= LARGEST
    assert sum(len(part or b"") for part in parts) == LARGEST


def test_what_is_too_large_is_refused_and_nothing_of_it_stays(http, openai_sdk, store):
    with pytest.raises(openai.APIStatusError, match="larger than 1 MB") as refused:
        openai_sdk.files.create(file=("any", b"x" * (LARGEST + 1)), purpose="batch")
    assert refused.value.status_code == 413
    assert http.get("/openai/v1/files").json()["data"] == []
    with store.write() as tx:
        assert tx.files.delete_expired(now=utc_now() + timedelta(days=1), limit=10) == 0


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"purpose": "fine-tune"}, "purpose"),
        ({"purpose": "batch", "extra_body": {"expires_after": {"anchor": "created_at", "seconds": 5}}}, None),
    ],
)
def test_what_cannot_be_is_refused_by_its_parameter(shared_sdk, fields, param):
    with pytest.raises(openai.BadRequestError) as refused:
        shared_sdk.files.create(file=("any", b"x"), **fields)
    assert refused.value.type == "invalid_request_error"
    assert refused.value.param == (param or "expires_after.seconds")


def test_a_form_without_a_file_is_refused(shared_http):
    refused = shared_http.post("/openai/v1/files", files={"purpose": (None, "batch")})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "file")


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"x", 415),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense", 400),
        ("multipart/form-data; boundary=x", b"", 400),
    ],
)
def test_a_form_that_is_none_is_refused(shared_http, content_type, body, status):
    refused = shared_http.post("/openai/v1/files", content=body, headers={"content-type": content_type})
    assert (refused.status_code, refused.json()["error"]["type"]) == (status, "invalid_request_error")


def test_the_file_may_come_before_its_purpose(http):
    form = (
        b'--x\r\ncontent-disposition: form-data; name="file"; filename="a/../b"\r\n\r\nhello\r\n'
        b'--x\r\ncontent-disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--x--\r\n'
    )
    headers = {"content-type": "multipart/form-data; boundary=x"}
    file = http.post("/openai/v1/files", content=form, headers=headers).json()
    assert (file["bytes"], file["filename"]) == (5, "a/../b")


def test_files_are_listed_page_by_page_in_both_orders(openai_sdk):
    ids = [uploaded(openai_sdk, a_line()).id for _ in range(5)]
    assert [file.id for file in openai_sdk.files.list(limit=2)] == ids[::-1]
    assert [file.id for file in openai_sdk.files.list(limit=2, order="asc")] == ids
    assert [file.id for file in openai_sdk.files.list(after=ids[1])] == [ids[0]]
    assert openai_sdk.files.list(purpose="batch_output").data == []


def test_a_deleted_file_is_gone(openai_sdk):
    file = uploaded(openai_sdk, a_line())
    assert openai_sdk.files.delete(file.id).to_dict() == {"id": file.id, "object": "file", "deleted": True}
    for look in (openai_sdk.files.retrieve, openai_sdk.files.content, openai_sdk.files.delete):
        with pytest.raises(openai.NotFoundError):
            look(file.id)


@pytest.mark.parametrize("file_id", ["file-x", "x", "file-output-x", "a\0b"])
def test_what_cannot_be_a_file_is_not_found(shared_sdk, file_id):
    with pytest.raises(openai.NotFoundError):
        shared_sdk.files.retrieve(file_id)


def test_a_file_is_pruned_when_its_time_has_come(openai_sdk, store):
    expires_after = {"anchor": "created_at", "seconds": 3600}
    file = openai_sdk.files.create(file=("any", b"x"), purpose="batch", expires_after=expires_after)
    kept = uploaded(openai_sdk, a_line())
    assert file.expires_at - file.created_at == 3600
    Pruner(store=store, retention=timedelta(days=29)).run_once(utc_now() + timedelta(hours=2))
    assert [left.id for left in openai_sdk.files.list()] == [kept.id]
    with store.read() as tx:
        assert tx.files.part(file.id, 0) is None
