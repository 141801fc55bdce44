"""Batches: counted as they stand, listed by time whatever their prefix, deleted when they have ended."""

from datetime import timedelta

import pytest

from jobs.errors import ConflictError, NotFoundError
from jobs.ids import BATCH_PREFIX, IDS, MESSAGE_BATCH_PREFIX
from jobs.job import JobState
from jobs.store.store import Store
from tests.factories import NOW, a_batch, a_failure, move, stored_batch


def test_a_batch_comes_back_as_it_went_in(store: Store):
    new = a_batch(name="näme", total=0, expires_at=NOW + timedelta(hours=1))
    with store.write() as tx:
        tx.batches.add(new)
        kept = tx.batches.get(new.id, tenant=new.tenant)
    for field in ("id", "tenant", "dialect", "name", "created_at", "expires_at"):
        assert getattr(kept, field) == getattr(new, field)
    assert (kept.counts.total, kept.ended_at, kept.cancel_requested_at) == (0, NOW, None)


def test_counts_tell_where_every_job_stands(store: Store):
    batch_id, ids = stored_batch(store, 21)
    for n, state in enumerate((JobState.CANCELED, JobState.SUCCEEDED, JobState.ERRORED)):
        move(store, ids[n * (n + 1) // 2 : (n + 1) * (n + 2) // 2], state)
    move(store, ids[6:15], JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.settle([a_failure(job_id) for job_id in ids[6:10]])
        counts = tx.batches.get(batch_id).counts
    assert (counts.canceled, counts.succeeded, counts.errored, counts.expired) == (1, 2, 3, 0)
    assert (counts.waiting, counts.running, counts.queued, counts.ended) == (4, 5, 6, 6)
    with store.read() as tx:
        [listed] = tx.batches.list(tenant="default", limit=5)
    assert listed.counts == counts


def seven_batches(store: Store) -> list[str]:
    """Store batches of two kinds in turn; return their ids, newest first."""
    ids = [IDS.make((BATCH_PREFIX, MESSAGE_BATCH_PREFIX)[n % 2]) for n in range(7)]
    with store.write() as tx:
        for batch_id in ids:
            tx.batches.add(a_batch(id=batch_id))
        tx.batches.add(a_batch(tenant="other"))
    return ids[::-1]


def test_batches_are_listed_newest_first_whatever_their_prefix(store: Store):
    ids = seven_batches(store)
    with store.read() as tx:
        first = [batch.id for batch in tx.batches.list(tenant="default", limit=4)]
        rest = [batch.id for batch in tx.batches.list(tenant="default", after=first[-1], limit=4)]
    assert first + rest == ids


def test_the_page_before_is_the_one_next_to_it(store: Store):
    ids = seven_batches(store)
    with store.read() as tx:
        page = [batch.id for batch in tx.batches.list(tenant="default", before=ids[5], limit=2)]
        between = tx.batches.list(tenant="default", after=ids[1], before=ids[4], limit=9)
    assert page == ids[3:5]
    assert [batch.id for batch in between] == ids[2:4]


def test_batches_can_be_listed_by_prefix(store: Store):
    ids = [batch_id for batch_id in seven_batches(store) if batch_id.startswith(MESSAGE_BATCH_PREFIX)]
    with store.read() as tx:
        page = tx.batches.list(tenant="default", id_prefix=MESSAGE_BATCH_PREFIX, after=ids[0], limit=9)
    assert [batch.id for batch in page] == ids[1:]


def test_an_ended_batch_is_deleted_with_all_that_hangs_on_it(store: Store):
    batch_id, ids = stored_batch(store, 3)
    _, [bystander] = stored_batch(store, 1)
    move(store, ids, JobState.SUCCEEDED)
    with store.write() as tx:
        tx.submissions.add("default", "key", digest="d", target_id=batch_id, created_at=NOW)
        tx.batches.delete(batch_id)
    with store.read() as tx:
        assert tx.batches.get(batch_id) is None
        assert tx.jobs.get(ids[0]) is None
        assert tx.jobs.get_request(ids[0]) is None
        assert tx.jobs.get_response(ids[0]) is None
        assert tx.attempts.of_job(ids[0]) == []
        assert tx.submissions.find("default", "key") is None
        assert tx.jobs.get_request(bystander) is not None


def test_a_batch_that_has_not_ended_is_not_deleted(store: Store):
    batch_id, ids = stored_batch(store, 2)
    move(store, ids[:1], JobState.SUCCEEDED)
    with pytest.raises(ConflictError), store.write() as tx:
        tx.batches.delete(batch_id)
    with store.read() as tx:
        assert tx.jobs.get(ids[0]) is not None


def test_a_batch_that_does_not_exist_cannot_be_deleted(store: Store):
    with pytest.raises(NotFoundError), store.write() as tx:
        tx.batches.delete("batch_none")
