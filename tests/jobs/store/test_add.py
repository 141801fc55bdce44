"""Adding: jobs come back as they went in, and stand in line where they should."""

from datetime import timedelta

import pytest
from sqlalchemy import make_url

from jobs.job import JobState, Priority
from jobs.store.binary_copy import IN_MEMORY_BYTES
from jobs.store.connect import open_engine
from jobs.store.insertion import LEAST_COPIED
from jobs.store.moves.add import GROUP_SIZE
from jobs.store.store import Store
from tests.factories import NOW, a_batch, a_new_job, stored_batch, the_job

ODD_TEXT = 'tab\t newline\n back\\slash "quote" \\N \\u0000 \\. émoji 🙂 {} %s :x'
FACTS = ("id", "tenant", "batch_id", "custom_id", "dialect", "model", "stream", "priority", "max_failures")
TIMES = ("run_at", "created_at", "expires_at")


@pytest.mark.parametrize("count", [1, LEAST_COPIED + 1])
def test_jobs_come_back_as_they_went_in(store: Store, count: int):
    jobs = [
        a_new_job(custom_id=ODD_TEXT, body=ODD_TEXT, headers={"anthropic-beta": "a,b"}, stream=True)
        for _ in range(count)
    ]
    with store.write() as tx:
        tx.jobs.add_many(jobs, dispatched_at=None)
    for job in jobs:
        kept = the_job(store, job.id)
        assert kept == job.added()
        assert (kept.custom_id, kept.stream, kept.state) == (ODD_TEXT, True, JobState.QUEUED)
        with store.read() as tx:
            request = tx.jobs.get_request(job.id)
        assert (request.body, request.headers) == (ODD_TEXT, job.headers)


def test_text_is_kept_whatever_encoding_the_connection_begins_with(postgres_url: str):
    url = make_url(postgres_url).update_query_dict({"client_encoding": "latin1"})
    store = Store(open_engine(url.render_as_string(hide_password=False)))
    jobs = [a_new_job(body=ODD_TEXT) for _ in range(LEAST_COPIED)]
    with store.write() as tx:
        tx.jobs.add_many(jobs, dispatched_at=None)
    with store.read() as tx:
        assert {tx.jobs.get_request(job.id).body for job in jobs} == {ODD_TEXT}
    store.close()


def test_values_of_a_group_may_differ_or_be_missing(store: Store):
    jobs = [
        a_new_job(
            custom_id=None if number % 3 == 0 else f"row-{number}",
            stream=number % 2 == 0,
            input_tokens_estimate=number,
            max_time_s=None if number % 2 == 0 else number / 7,
            run_at=None if number % 4 else NOW + timedelta(microseconds=number),
            created_at=NOW + timedelta(hours=number),
            warnings=("a", "b") if number % 5 == 0 else (),
        )
        for number in range(LEAST_COPIED + 5)
    ]
    with store.write() as tx:
        tx.jobs.add_many(jobs, dispatched_at=None)
    for job in jobs:
        kept = the_job(store, job.id)
        for name in (*FACTS, *TIMES, "max_time_s", "warnings"):
            assert getattr(kept, name) == getattr(job, name)
        assert kept == job.added()


def test_the_requests_of_large_jobs_are_kept_whole(store: Store):
    size = IN_MEMORY_BYTES // LEAST_COPIED
    bodies = [chr(ord("a") + number) * (size + number) for number in range(2 * LEAST_COPIED)]
    jobs = [a_new_job(body=body) for body in bodies]
    with store.write() as tx:
        tx.jobs.add_many(jobs, dispatched_at=None)
    with store.read() as tx:
        assert [tx.jobs.get_request(job.id).body for job in jobs] == bodies


def test_a_lane_that_comes_late_in_a_large_batch_begins_where_its_line_does(store: Store):
    _, earlier = stored_batch(store, 10, lane="haiku-4")
    with store.write() as tx:
        tx.jobs.stage("haiku-4", limit=5, now=NOW)
    batch = a_batch(total=GROUP_SIZE + 5)
    many = [a_new_job(batch_id=batch.id) for _ in range(GROUP_SIZE)]
    late = [a_new_job(batch_id=batch.id, lane="haiku-4") for _ in range(5)]
    with store.write() as tx:
        tx.batches.add(batch)
        tx.jobs.add_many([*many, *late], dispatched_at=None)
        first = [item.job_id for item in tx.jobs.stage("haiku-4", limit=4, now=NOW)]
    assert len(set(first) & {job.id for job in late}) == 2
    assert len(set(first) & set(earlier)) == 2


def test_a_job_with_a_time_to_start_waits_for_it(store: Store):
    job = a_new_job(run_at=NOW + timedelta(hours=1))
    with store.write() as tx:
        tx.jobs.add_many([job], dispatched_at=NOW)
        assert tx.jobs.dispatched_counts() == {}
    assert the_job(store, job.id).state is JobState.WAITING


def test_ten_jobs_do_not_wait_behind_thousands(store: Store):
    stored_batch(store, 3000)
    _, few = stored_batch(store, 10)
    with store.write() as tx:
        first = [item.job_id for item in tx.jobs.stage("sonnet-4", limit=20, now=NOW)]
    assert set(few) <= set(first)


def test_background_jobs_stand_further_apart(store: Store):
    _, background = stored_batch(store, 40, priority=Priority.BACKGROUND)
    _, normal = stored_batch(store, 40)
    with store.write() as tx:
        first = [item.job_id for item in tx.jobs.stage("sonnet-4", limit=25, now=NOW)]
    assert len(set(first) & set(normal)) == 20
    assert len(set(first) & set(background)) == 5


def test_a_batch_added_in_pieces_stands_in_one_line(store: Store):
    batch = a_batch(total=4)
    pieces = [[a_new_job(batch_id=batch.id) for _ in range(2)] for _ in range(2)]
    with store.write() as tx:
        tx.batches.add(batch)
        for piece in pieces:
            tx.jobs.add_many(piece, dispatched_at=None)
        items = tx.jobs.stage("sonnet-4", limit=4, now=NOW)
    assert [item.job_id for item in items] == [job.id for piece in pieces for job in piece]


def test_adding_nothing_is_fine(store: Store):
    with store.write() as tx:
        assert tx.jobs.add_many([], dispatched_at=None) == {}
