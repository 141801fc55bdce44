import pytest

from tests.factories import NOW, stored_batch
from worker.engine.held import Held


@pytest.fixture(params=["sqlite"])
def database_url(request):
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def claimed(store):
    batch_id, ids = stored_batch(store, 1)
    with store.write() as tx:
        [job] = tx.jobs.claim(ids, worker_id="worker_under_test", now=NOW)
    assert job.batch_id == batch_id
    return job


def test_what_is_running_and_was_never_added_is_lost(claimed):
    assert Held().lost([(claimed.id, 1)]) == [(claimed.id, 1)]


def test_what_another_writer_is_claiming_is_not_lost_before_nor_after_it_is_added(claimed):
    held = Held()
    held.wish([claimed.id])
    assert held.lost([(claimed.id, 1)]) == []
    held.add([claimed], is_interactive=True)
    assert held.lost([(claimed.id, 1)]) == []
    held.unwish([claimed.id])
    assert held.lost([(claimed.id, 1)]) == []
    assert held.lost([(claimed.id, 2)]) == [(claimed.id, 2)]


def test_what_a_claim_did_not_get_is_lost_once_the_wish_is_over(claimed):
    held = Held()
    held.wish([claimed.id])
    held.unwish([claimed.id])
    assert held.lost([(claimed.id, 1)]) == [(claimed.id, 1)]


def test_what_is_settled_leads_to_its_batch_and_is_forgotten(claimed):
    held = Held()
    held.add([claimed], is_interactive=True)
    assert held.is_interactive((claimed.id, 1))
    assert held.remove((claimed.id, 1)) == claimed.batch_id
    assert held.remove((claimed.id, 1)) is None
    assert not held.is_interactive((claimed.id, 1))
    assert len(held) == 0
