"""Files in the store: whole or not there, and gone when their time has come."""

from datetime import timedelta

import pytest

from jobs.file import NewFile
from jobs.ids import FILE_PREFIX, IDS
from jobs.openai_batch import LineError, OpenAIBatch
from tests.factories import NOW

HOUR = timedelta(hours=1)


def begun(tx, *parts, tenant="default"):
    file_id = IDS.make(FILE_PREFIX)
    tx.files.begin(NewFile(id=file_id, tenant=tenant, purpose="batch", created_at=NOW, expires_at=NOW + HOUR))
    for number, part in enumerate(parts):
        tx.files.append(file_id, number, part)
    return file_id


def finished(tx, file_id, *, expires_at=NOW + 10 * HOUR, now=NOW):
    return tx.files.finish(file_id, name="in.jsonl", purpose="batch", size=3, expires_at=expires_at, now=now)


@pytest.fixture
def tx(store):
    with store.write() as tx:
        yield tx


def test_a_file_is_not_there_before_it_is_whole(tx):
    file_id = begun(tx, b"a", b"bc")
    assert tx.files.get(file_id, tenant="default", now=NOW) is None
    assert tx.files.list(tenant="default", now=NOW, limit=9) == []
    assert finished(tx, file_id)
    file = tx.files.get(file_id, tenant="default", now=NOW)
    assert (file.name, file.size, file.expires_at) == ("in.jsonl", 3, NOW + 10 * HOUR)
    assert [tx.files.part(file_id, number) for number in range(3)] == [b"a", b"bc", None]


def test_a_file_is_nobody_elses(tx):
    file_id = begun(tx)
    finished(tx, file_id)
    assert tx.files.get(file_id, tenant="other", now=NOW) is None
    assert tx.files.list(tenant="other", now=NOW, limit=9) == []


def test_an_upload_that_takes_too_long_is_given_up(tx):
    file_id = begun(tx, b"a")
    assert not finished(tx, file_id, now=NOW + HOUR)
    assert tx.files.delete_expired(now=NOW + HOUR, limit=9) == 1
    assert tx.files.part(file_id, 0) is None


def test_an_expired_file_is_not_there_even_before_it_is_deleted(tx):
    file_id = begun(tx, b"a")
    finished(tx, file_id)
    late = NOW + 10 * HOUR
    assert tx.files.get(file_id, tenant="default", now=late) is None
    assert tx.files.list(tenant="default", now=late, limit=9) == []
    assert tx.files.delete_expired(now=NOW, limit=9) == 0
    assert tx.files.delete_expired(now=late, limit=9) == 1


def a_record(**fields):
    given = {
        "id": IDS.make("batch_"),
        "tenant": "default",
        "endpoint": "/v1/chat/completions",
        "input_file_id": "file-x",
        "completion_window": "24h",
        "created_at": NOW,
        "metadata": {"k": "v"},
        "output_expires_in": HOUR,
        **fields,
    }
    return OpenAIBatch(**given)


def test_a_batch_comes_back_as_it_was_asked_for(tx):
    error = LineError(code="invalid_json_line", message="x", line=3, param=None)
    record = a_record(errors=[error], model="claude-x")
    tx.openai_batches.add(record)
    assert tx.openai_batches.get(record.id, tenant="default") == record
    assert tx.openai_batches.get(record.id, tenant="other") is None
    assert tx.openai_batches.list(tenant="default", limit=9) == [record]


def test_only_what_was_refused_long_ago_is_deleted(tx):
    error = LineError(code="empty_file", message="x", line=None, param=None)
    old, new = a_record(errors=[error]), a_record(errors=[error], created_at=NOW + HOUR)
    accepted = a_record()
    for record in (old, new, accepted):
        tx.openai_batches.add(record)
    assert tx.openai_batches.delete_refused(before=NOW + HOUR) == 1
    assert {record.id for record in tx.openai_batches.list(tenant="default", limit=9)} == {
        new.id,
        accepted.id,
    }
