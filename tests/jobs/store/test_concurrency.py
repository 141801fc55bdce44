"""Many at once: no job is run twice, nothing is counted twice, and nobody waits for each other forever."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from jobs.errors import ConflictError
from jobs.job import JobState, NewJob
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.factories import NOW, WORKER, a_batch, a_new_job, an_outcome, move, stored_batch, the_job


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Run `act(0)` to `act(count - 1)` at the same time; return what they return."""
    start = threading.Barrier(count)

    def run(number: int) -> object:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_two_claimers_never_share_a_job(store: Store):
    _, ids = stored_batch(store, 200)

    def claim(number: int) -> list[str]:
        mine, claimed = ids.copy(), []
        random.Random(number).shuffle(mine)
        for start in range(0, len(mine), 20):
            with store.write() as tx:
                got = tx.jobs.claim(mine[start : start + 20], worker_id=f"worker_{number}", now=NOW)
                claimed += [job.id for job in got]
        return claimed

    claimed = [job_id for each in at_once(4, claim) for job_id in each]
    assert sorted(claimed) == ids


def test_two_stagers_never_send_the_same_job(store: Store):
    stored_batch(store, 200)

    def stage(_: int) -> list[str]:
        with store.write() as tx:
            return [item.job_id for item in tx.jobs.stage("sonnet-4", limit=100, now=NOW)]

    staged = [job_id for each in at_once(4, stage) for job_id in each]
    assert len(staged) == len(set(staged))


def test_the_same_outcomes_from_two_sides_are_written_once(store: Store):
    batch_id, ids = stored_batch(store, 100)
    move(store, ids, JobState.RUNNING)

    def settle(number: int) -> int:
        mine = ids.copy()
        random.Random(number).shuffle(mine)
        with store.write() as tx:
            return len(tx.jobs.settle([an_outcome(job_id) for job_id in mine]))

    assert sum(at_once(4, settle)) == 100
    with store.read() as tx:
        batch = tx.batches.get(batch_id)
    assert (batch.counts.succeeded, batch.usage.input_tokens, batch.ended_at) == (100, 1000, NOW)


def test_settling_canceling_rescuing_and_retrying_do_not_lock_each_other_out(store: Store):
    first, first_ids = stored_batch(store, 150)
    second, second_ids = stored_batch(store, 150)
    ids = first_ids + second_ids
    move(store, ids[::2], JobState.RUNNING)

    def act(number: int) -> None:
        mine = random.Random(number).sample(ids, 150)
        for start in range(0, len(mine), 50):
            with store.write() as tx:
                tx.jobs.settle([an_outcome(job_id) for job_id in mine[start : start + 50]])
                tx.jobs.claim(mine[:25], worker_id=WORKER, now=NOW)
            with store.write() as tx:
                match number % 4:
                    case 0:
                        tx.jobs.cancel_batch((first, second)[start % 2], now=NOW)
                    case 1:
                        tx.jobs.retry(mine[:40], expires_at=NOW)
                    case 2:
                        tx.jobs.rescue([WORKER], now=NOW)
                    case _:
                        tx.jobs.expire(now=NOW, limit=20)

    at_once(8, act)
    assert_counts_hold(store, [first, second])


def assert_counts_hold(store: Store, batch_ids: list[str]) -> None:
    """Check the kept counters against the jobs themselves."""
    for batch_id in batch_ids:
        with store.read() as tx:
            batch = tx.batches.get(batch_id)
            states = [job.state for job in tx.jobs.list(tenant="default", batch_id=batch_id, limit=10_000)]
        assert {state: getattr(batch.counts, state) for state in JobState} == {
            state: states.count(state) for state in JobState
        }
        assert (batch.ended_at is not None) == (batch.counts.ended == batch.counts.total)


def test_one_of_two_submissions_under_the_same_key_is_told_to_come_again(store: Store):
    def submit(number: int) -> bool:
        try:
            with store.write() as tx:
                tx.submissions.add("ours", "key", digest="d", target_id=f"job_{number}", created_at=NOW)
        except ConflictError:
            return False
        return True

    assert sorted(at_once(2, submit)) == [False, True]


def test_what_others_write_during_a_large_submission_is_written_and_the_submission_is_whole(
    store: Store, database_url: str
):
    """SQLite lets one transaction write at a time: the others wait for it, as other processes do here."""
    _, ids = stored_batch(store, 10)
    move(store, ids, JobState.RUNNING)
    batch, begun = a_batch(total=5000), threading.Event()
    other = Store(open_engine(database_url))

    def new_jobs() -> Iterator[NewJob]:
        for number in range(batch.total):
            yield a_new_job(batch_id=batch.id, custom_id=f"row-{number}")
            begun.set()

    def submit() -> None:
        with other.write() as tx:
            tx.batches.add(batch)
            tx.jobs.add_many(new_jobs(), dispatched_at=None)

    def settle() -> None:
        begun.wait()
        for job_id in ids:
            with store.write() as tx:
                tx.jobs.settle([an_outcome(job_id)])

    at_once(2, lambda number: (submit, settle)[number]())
    other.close()
    assert {the_job(store, job_id).state for job_id in ids} == {JobState.SUCCEEDED}
    with store.read() as tx:
        assert tx.batches.get(batch.id).counts.queued == batch.total
