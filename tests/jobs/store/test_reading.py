"""Looking up and listing jobs: each once, in order, page by page."""

import pytest

from jobs.job import JobState
from jobs.store.store import Store
from tests.factories import ANSWER, NOW, move, stored_batch, stored_job


def pages(store: Store, *, limit: int, **filters: object) -> list[str]:
    """Return the ids of all pages of a list."""
    ids: list[str] = []
    while True:
        with store.read() as tx:
            page = tx.jobs.list(after=ids[-1] if ids else None, limit=limit, **filters)
        ids += [job.id for job in page]
        if len(page) < limit:
            return ids


@pytest.fixture
def mixed(store: Store) -> dict[JobState, list[str]]:
    """Return the ids of a batch with two jobs in each state, oldest first."""
    _, ids = stored_batch(store, 14)
    by_state = {state: ids[2 * n : 2 * n + 2] for n, state in enumerate(JobState)}
    with store.write() as tx:
        tx.jobs.retry(ids, expires_at=NOW)
    for state in (JobState.RUNNING, JobState.SUCCEEDED, JobState.ERRORED, JobState.CANCELED):
        move(store, by_state[state], state)
    return by_state


@pytest.mark.parametrize("limit", [1, 4, 100])
def test_pages_list_every_job_once_newest_first(store: Store, mixed: dict[JobState, list[str]], limit: int):
    every = sorted((job_id for ids in mixed.values() for job_id in ids), reverse=True)
    assert pages(store, tenant="default", limit=limit) == every


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.SUCCEEDED, JobState.ERRORED, JobState.CANCELED])
def test_a_list_can_be_of_one_state(store: Store, mixed: dict[JobState, list[str]], state: JobState):
    assert pages(store, tenant="default", limit=1, state=state) == mixed[state][::-1]


def test_a_list_can_be_of_one_batch_and_model(store: Store):
    batch_id, ids = stored_batch(store, 3, model="claude-2.1")
    stored_batch(store, 3, model="claude-2.1")
    stored_batch(store, 3)
    assert pages(store, tenant="default", limit=2, batch_id=batch_id) == ids[::-1]
    assert len(pages(store, tenant="default", limit=2, model="claude-2.1")) == 6
    filters = {"batch_id": batch_id, "model": "claude-2.1", "state": JobState.QUEUED}
    assert pages(store, tenant="default", limit=2, **filters) == ids[::-1]


def test_one_tenant_sees_nothing_of_another(store: Store):
    batch_id, [job_id] = stored_batch(store, 1, tenant="theirs")
    with store.read() as tx:
        assert tx.jobs.list(tenant="ours", limit=9) == []
        assert tx.jobs.list(tenant="ours", batch_id=batch_id, limit=9) == []
        assert tx.jobs.get(job_id, tenant="ours") is None
        assert tx.jobs.get(job_id, tenant="theirs") is not None
        assert tx.batches.get(batch_id, tenant="ours") is None


def test_what_does_not_exist_is_nothing(store: Store):
    with store.read() as tx:
        assert tx.jobs.get("job_none") is None
        assert tx.jobs.get_request("job_none") is None
        assert tx.jobs.get_response("job_none") is None
        assert tx.batches.get("batch_none") is None
        assert tx.attempts.of_job("job_none") == []
        assert tx.jobs.results("batch_none", limit=9) == []


def test_results_are_the_ended_jobs_in_order_with_their_responses(store: Store):
    batch_id, ids = stored_batch(store, 7)
    move(store, ids[4:], JobState.SUCCEEDED)
    move(store, ids[:2], JobState.ERRORED)
    move(store, ids[2:3], JobState.RUNNING)
    results = []
    while True:
        with store.read() as tx:
            page = tx.jobs.results(batch_id, after=results[-1].job.id if results else None, limit=2)
        results += page
        if not page:
            break
    assert [each.job.id for each in results] == [*ids[:2], *ids[4:]]
    assert [each.response for each in results] == [None, None, ANSWER, ANSWER, ANSWER]
    assert results[0].job.error.type == "overloaded_error"


def test_a_job_without_batch_has_no_results_elsewhere(store: Store):
    batch_id, _ = stored_batch(store, 1)
    stored_job(store, state=JobState.SUCCEEDED)
    with store.read() as tx:
        assert tx.jobs.results(batch_id, limit=9) == []
