"""Retention: what ended long ago goes, and a batch only as a whole."""

from datetime import timedelta

from jobs.job import JobState
from jobs.store.store import Store
from tests.factories import NOW, an_outcome, move, stored_batch, stored_job, the_job

LATER = NOW + timedelta(days=1)


def delete(store: Store, limit: int = 100) -> int:
    """Delete what ended before `LATER`."""
    with store.write() as tx:
        return tx.jobs.delete_ended(before=LATER, limit=limit)


def test_old_ended_jobs_go_and_others_stay(store: Store):
    old = stored_job(store, state=JobState.SUCCEEDED)
    queued = stored_job(store)
    young = stored_job(store, state=JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.settle([an_outcome(young.id, ended_at=LATER)])
        tx.submissions.add("default", "key", digest="d", target_id=old.id, created_at=NOW)
    assert delete(store) == 1
    with store.read() as tx:
        assert tx.jobs.get(old.id) is None
        assert tx.jobs.get_response(old.id) is None
        assert tx.submissions.find("default", "key") is None
    assert the_job(store, young.id).state is JobState.SUCCEEDED
    assert the_job(store, queued.id).state is JobState.QUEUED


def test_a_batch_goes_when_all_of_it_has_ended(store: Store):
    batch_id, ids = stored_batch(store, 3)
    move(store, ids[:2], JobState.SUCCEEDED)
    assert delete(store) == 0
    move(store, ids[2:], JobState.ERRORED)
    assert delete(store) == 3
    with store.read() as tx:
        assert tx.batches.get(batch_id) is None
        assert tx.jobs.get(ids[0]) is None


def test_deletion_keeps_to_its_limit_and_goes_on_where_it_was(store: Store):
    for _ in range(2):
        batch_id, ids = stored_batch(store, 5)
        move(store, ids, JobState.SUCCEEDED)
    assert [delete(store, limit=4) for _ in range(4)] == [4, 4, 2, 0]
    with store.read() as tx:
        assert tx.batches.get(batch_id) is None
