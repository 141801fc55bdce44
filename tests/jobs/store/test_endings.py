"""Which jobs of a batch have ended, told in the order of the commits, each time once."""

from jobs.ending import EndingPosition, Endings
from jobs.job import JobState
from jobs.store.endings import MOST_JOBS
from jobs.store.store import Store
from tests.factories import NOW, WORKER, an_outcome, move, stored_batch
from tests.jobs.store.test_concurrency import at_once


def told(store: Store, batch_id: str, *, after: int = 0, most: int = 100) -> list[Endings]:
    """Return the batch's endings."""
    position = EndingPosition(batch_id=batch_id, seq=after)
    with store.read() as tx:
        return tx.endings.read_many([position], most=most).get(position, [])


def states(endings: list[Endings]) -> list[tuple[str | None, JobState]]:
    """Return the name and the state of each job."""
    return [(job.custom_id, job.state) for each in endings for job in each.jobs]


def test_every_way_to_end_is_told_in_the_order_of_the_commits(store: Store):
    batch_id, ids = stored_batch(store, 6)
    move(store, ids[3:4], JobState.SUCCEEDED)
    move(store, ids[1:3], JobState.ERRORED)
    move(store, ids[:1], JobState.CANCELED)
    with store.write() as tx:
        tx.jobs.claim(ids[4:5], worker_id=WORKER, now=NOW)
        tx.jobs.cancel(ids[4], now=NOW)
        tx.jobs.rescue([WORKER], now=NOW)
    move(store, ids[5:], JobState.EXPIRED)
    endings = told(store, batch_id)
    assert [each.seq for each in endings] == [1, 2, 3, 4, 5]
    assert [job.id for each in endings for job in each.jobs] == [ids[n] for n in (3, 1, 2, 0, 4, 5)]
    assert states(endings)[0] == ("row-3", JobState.SUCCEEDED)
    assert [state for _, state in states(endings)][1:] == [
        "errored",
        "errored",
        "canceled",
        "canceled",
        "expired",
    ]


def test_one_who_comes_back_is_told_what_followed(store: Store):
    batch_id, ids = stored_batch(store, 4)
    other_id, other_ids = stored_batch(store, 1)
    for job_id in (*ids, *other_ids):
        move(store, [job_id], JobState.SUCCEEDED)
    assert [each.seq for each in told(store, batch_id, after=1, most=2)] == [2, 3]
    assert told(store, batch_id, after=4) == []
    places = [EndingPosition(batch_id=batch_id, seq=3), EndingPosition(batch_id=other_id, seq=0)]
    with store.read() as tx:
        found = tx.endings.read_many([*places, *places], most=9)
    assert [[each.seq for each in found[place]] for place in places] == [[4], [1]]


def test_a_job_that_is_run_again_is_told_again_when_it_ends(store: Store):
    batch_id, ids = stored_batch(store, 2)
    move(store, ids, JobState.ERRORED)
    with store.write() as tx:
        assert tx.jobs.retry(ids[:1], expires_at=NOW) == 1
        tx.jobs.cancel(ids[0], now=NOW)
    assert states(told(store, batch_id, after=1)) == [("row-0", JobState.CANCELED)]


def test_many_that_end_at_once_are_told_in_parts(store: Store):
    batch_id, _ = stored_batch(store, MOST_JOBS + 1)
    with store.write() as tx:
        tx.jobs.cancel_batch(batch_id, now=NOW)
    assert [len(each.jobs) for each in told(store, batch_id)] == [MOST_JOBS, 1]


def test_workers_at_once_leave_no_gap_and_tell_nothing_twice(store: Store):
    batch_id, ids = stored_batch(store, 120)
    move(store, ids, JobState.RUNNING)

    def settle(number: int) -> None:
        for start in range(number * 10, 120, 40):
            with store.write() as tx:
                tx.jobs.settle([an_outcome(job_id) for job_id in ids[start : start + 10]])

    at_once(4, settle)
    endings = told(store, batch_id)
    assert [each.seq for each in endings] == list(range(1, 13))
    assert sorted(job.id for each in endings for job in each.jobs) == ids


def test_endings_go_with_their_batch(store: Store):
    batch_id, ids = stored_batch(store, 1)
    move(store, ids, JobState.SUCCEEDED)
    with store.write() as tx:
        tx.batches.delete(batch_id)
    assert told(store, batch_id) == []
