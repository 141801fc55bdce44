"""Chunks, workers and submissions: the small tables around the jobs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from jobs.chunk import NewChunk
from jobs.clock import utc_now
from jobs.errors import ConflictError
from jobs.job import JobState
from jobs.store.store import Store
from jobs.store.submissions import Submission
from tests.eventually import until
from tests.factories import LEASE, NOW, WORKER, stored_job
from tests.jobs.store.test_queue_cap import WAITING
from tests.worker.record_clock import age


def a_chunk(seq: int, attempt: int = 1) -> NewChunk:
    """Return a chunk of one job."""
    return NewChunk(job_id="job_1", attempt=attempt, seq=seq, data=f'["{attempt}.{seq} \\u0000 🙂"]')


def test_chunks_are_read_in_order_from_where_the_reader_was(store: Store):
    chunks = [a_chunk(seq) for seq in range(1, 6)]
    with store.write() as tx:
        tx.chunks.append_many([*reversed(chunks), a_chunk(1, attempt=2)])
        tx.chunks.append_many([])
    with store.read() as tx:
        assert tx.chunks.read_since("job_1", 1, 0, 3) == chunks[:3]
        assert tx.chunks.read_since("job_1", 1, 3, 3) == chunks[3:]
        assert tx.chunks.read_since("job_1", 2, 0, 3) == [a_chunk(1, attempt=2)]


def test_a_chunk_written_again_is_kept_once(store: Store):
    for upto in (2, 3):
        with store.write() as tx:
            tx.chunks.append_many([a_chunk(seq) for seq in range(1, upto + 1)])
    with store.read() as tx:
        assert len(tx.chunks.read_since("job_1", 1, 0, 9)) == 3


def register(store: Store, worker_id: str, slots: int = 5) -> None:
    """Make a worker known."""
    with store.write() as tx:
        tx.workers.register(worker_id, host="here", pid=7, slots=slots)


def test_slots_are_those_of_all_known_workers(store: Store):
    with store.read() as tx:
        assert tx.workers.slots() == 0
    register(store, "worker_a")
    register(store, "worker_a", slots=6)
    register(store, "worker_b", slots=4)
    with store.write() as tx:
        assert tx.workers.slots() == 10
        tx.workers.remove("worker_b")
        assert tx.workers.slots() == 6


def test_a_worker_that_falls_silent_is_lost(store: Store, database_url: str):
    register(store, "worker_quiet")
    register(store, "worker_loud")
    with store.write() as tx:
        assert tx.workers.lost(lease=LEASE) == []
    age(database_url, 2 * LEASE)
    with store.write() as tx:
        assert tx.workers.beat("worker_loud", in_flight=3)
        assert tx.workers.lost(lease=LEASE) == ["worker_quiet"]


def test_a_heartbeat_from_before_the_clock_was_put_back_counts_as_silence(store: Store, database_url: str):
    register(store, "worker_quiet")
    age(database_url, -2 * LEASE)
    with store.read() as tx:
        assert tx.workers.lost(lease=LEASE) == ["worker_quiet"]


def test_a_heartbeat_is_as_old_as_the_databases_clock_says(store: Store):
    register(store, WORKER)
    with store.write() as tx:
        first = tx.workers.beat(WORKER, in_flight=0)
    with store.write() as tx:
        second = tx.workers.beat(WORKER, in_flight=0)
    assert timedelta(0) <= second - first < LEASE
    assert abs(utc_now() - second) < LEASE


def test_a_worker_that_runs_jobs_and_is_not_known_is_lost(store: Store):
    stored_job(store, state=JobState.RUNNING)
    stored_job(store, state=JobState.RUNNING)
    with store.read() as tx:
        assert tx.workers.lost(lease=LEASE) == [WORKER]


def test_a_worker_that_was_given_up_learns_it_from_its_heartbeat(store: Store):
    with store.write() as tx:
        assert tx.workers.beat("worker_gone", in_flight=0) is None


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_worker_may_be_entered_from_two_sides_at_once(store: Store, database_url: str):
    with psycopg.connect(database_url, autocommit=True) as onlooker, ThreadPoolExecutor() as pool:
        with store.write() as tx:
            tx.workers.register(WORKER, host="h", pid=1, slots=10)
            other = pool.submit(enter, store)
            until(lambda: onlooker.execute(WAITING).fetchone(), "the other to find a row not committed yet")
        other.result()
    with store.read() as tx:
        assert tx.workers.slots() == 10


def enter(store: Store) -> None:
    with store.write() as tx:
        tx.workers.register(WORKER, host="h", pid=1, slots=10)


def test_a_submission_is_found_by_its_tenant_and_key(store: Store):
    with store.write() as tx:
        tx.submissions.add("ours", "key", digest="abc", target_id="job_1", created_at=NOW)
    with store.read() as tx:
        assert tx.submissions.find("ours", "key") == Submission(digest="abc", target_id="job_1")
        assert tx.submissions.find("theirs", "key") is None


def test_a_key_is_used_once(store: Store):
    with store.write() as tx:
        tx.submissions.add("ours", "key", digest="abc", target_id="job_1", created_at=NOW)
    with pytest.raises(ConflictError), store.write() as tx:
        tx.submissions.add("ours", "key", digest="abc", target_id="job_2", created_at=NOW)
