import asyncio
from datetime import timedelta

import pytest

from jobs.chunk import NewChunk
from jobs.clock import utc_now
from jobs.errors import PromptmillError, StoreUnavailableError
from jobs.job import JobState, Usage
from jobs.outcome import Reason
from tests.eventually import until
from tests.factories import LEASE, an_outcome, stored_batch, the_job
from tests.worker.claiming import claim
from tests.worker.outage import Outage
from tests.worker.record_clock import age

EXPIRES = {"expires_at": utc_now() + timedelta(days=1)}


def state_of(store, job_id):
    return the_job(store, job_id).state


def test_a_claim_returns_what_was_still_queued_and_marks_it_running(store, recorder):
    _, ids = stored_batch(store, 3, **EXPIRES)
    with store.write() as tx:
        tx.jobs.cancel(ids[1], now=utc_now())
    claimed = claim(recorder, ids)
    assert [job.id for job in claimed] == [ids[0], ids[2]]
    assert state_of(store, ids[0]) is JobState.RUNNING


def test_an_outcome_is_written_and_counted(store, recorder):
    batch_id, ids = stored_batch(store, 2, **EXPIRES)
    claim(recorder, ids)
    recorder.settle(an_outcome(ids[0]))
    until(lambda: state_of(store, ids[0]) is JobState.SUCCEEDED, "the outcome to be written")
    with store.read() as tx:
        assert tx.batches.get(batch_id).counts.succeeded == 1


def test_everything_handed_over_before_the_stop_is_written(store, recorder):
    _, ids = stored_batch(store, 600, **EXPIRES)
    claim(recorder, ids)
    for job_id in ids:
        recorder.append(NewChunk(job_id=job_id, attempt=1, seq=1, data="[]"))
        recorder.settle(an_outcome(job_id))
    assert recorder.stop(patience_s=30) == 0
    assert {state_of(store, job_id) for job_id in ids} == {JobState.SUCCEEDED}


def test_a_heartbeat_keeps_the_worker_from_being_lost(store, recorder, database_url):
    age(database_url, 2 * LEASE)
    assert lost(store)
    recorder.beat(3)
    until(lambda: not lost(store), "the heartbeat to be written")


def lost(store):
    with store.read() as tx:
        return tx.workers.lost(lease=LEASE)


def test_a_worker_that_was_given_up_enters_the_register_again(store, recorder):
    with store.write() as tx:
        tx.workers.remove("worker_under_test")
    recorder.beat(0)
    until(lambda: slots(store) == 10, "the worker to be known again")


def slots(store):
    with store.read() as tx:
        return tx.workers.slots()


def test_an_answer_that_cannot_be_stored_ends_its_job_and_no_other(store, recorder):
    _, ids = stored_batch(store, 3, **EXPIRES)
    claim(recorder, ids)
    halved = "\ud800"  # half a surrogate pair is no UTF-8, whatever the database
    recorder.settle(an_outcome(ids[0]))
    recorder.settle(an_outcome(ids[1], response=halved))
    recorder.settle(an_outcome(ids[2]))
    until(lambda: state_of(store, ids[1]) is JobState.ERRORED, "the unstorable answer to be reported")
    assert the_job(store, ids[1]).error.type == "storage_error"
    until(lambda: state_of(store, ids[0]) is JobState.SUCCEEDED, "the first to be written")
    until(lambda: state_of(store, ids[2]) is JobState.SUCCEEDED, "the third to be written")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_outcomes_wait_while_the_database_is_away_and_are_written_when_it_is_back(
    store, recorder, database_url
):
    _, ids = stored_batch(store, 2, **EXPIRES)
    claim(recorder, ids)
    outage = Outage(database_url)
    outage.begin()
    recorder.settle(an_outcome(ids[0]))
    with pytest.raises(StoreUnavailableError):
        claim(recorder, ids)
    outage.end()
    until(lambda: state_of(store, ids[0]) is JobState.SUCCEEDED, "the outcome to be written")
    assert state_of(store, ids[1]) is JobState.RUNNING


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_claim_that_was_committed_unnoticed_is_given_back(store, recorder, database_url):
    _, ids = stored_batch(store, 1, **EXPIRES)
    outage = Outage(database_url)
    with store.write() as tx:  # as if the connection had broken between the commit and its confirmation
        tx.jobs.claim(ids, worker_id="worker_under_test", now=utc_now())
    outage.begin()
    with pytest.raises(StoreUnavailableError):
        claim(recorder, ids)
    outage.end()
    until(lambda: state_of(store, ids[0]) is JobState.QUEUED or beat(recorder), "the job to be given back")
    job = the_job(store, ids[0])
    assert (job.reason, job.failures) == (Reason.CLAIM_LOST, 0)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_an_interactive_claim_that_was_committed_unnoticed_is_given_back_with_nothing_else_to_write(
    store, recorder, database_url
):
    _, ids = stored_batch(store, 1, **EXPIRES)
    outage = Outage(database_url)
    with store.write() as tx:
        tx.jobs.claim(ids, worker_id="worker_under_test", now=utc_now())
    outage.begin()
    with pytest.raises(StoreUnavailableError):
        claim(recorder, ids, is_interactive=True)
    outage.end()
    until(lambda: state_of(store, ids[0]) is JobState.QUEUED, "the job to be given back")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_interactive_jobs_do_not_wait_for_what_is_written_of_others(store, recorder):
    _, [slow, urgent] = stored_batch(store, 2, **EXPIRES)
    claim(recorder, [slow])
    with store.write() as tx:  # which holds the row that the other one has to wait for
        tx.jobs.cancel(slow, now=utc_now())
        recorder.settle(an_outcome(slow))
        claim(recorder, [urgent], is_interactive=True)
        recorder.append(NewChunk(job_id=urgent, attempt=1, seq=1, data="[]"))
        recorder.settle(an_outcome(urgent))
        until(lambda: state_of(store, urgent) is JobState.SUCCEEDED, "the interactive job to be settled")
        assert state_of(store, slow) is JobState.RUNNING
    until(lambda: state_of(store, slow) is JobState.SUCCEEDED, "the other to be settled")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_claims_do_not_wait_for_what_is_written_meanwhile(store, recorder):
    _, [slow, other] = stored_batch(store, 2, **EXPIRES)
    claim(recorder, [slow])
    with store.write() as tx:  # which holds the row that the outcome has to wait for
        tx.jobs.cancel(slow, now=utc_now())
        recorder.settle(an_outcome(slow))
        assert [job.id for job in claim(recorder, [other])] == [other]
        assert state_of(store, slow) is JobState.RUNNING


def beat(recorder):
    recorder.beat(0)
    return False


def test_a_job_that_two_claims_wish_for_is_given_to_one(store, recorder):
    _, ids = stored_batch(store, 3, **EXPIRES)

    async def scene():
        return await asyncio.gather(*(recorder.claim(wished) for wished in (ids[:2], ids[1:], ids)))

    claimed = asyncio.run(scene())
    assert sorted((job.id, job.attempt) for jobs in claimed for job in jobs) == [(each, 1) for each in ids]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_no_answer_is_lost_while_the_database_only_reads(store, recorder, database_url):
    _, ids = stored_batch(store, 3, **EXPIRES)
    claim(recorder, ids)
    outage = Outage(database_url)
    outage.begin_reading_only()
    for job_id in ids:
        recorder.settle(an_outcome(job_id))
    with pytest.raises(PromptmillError):
        claim(recorder, ids)
    outage.end_reading_only()
    until(
        lambda: {state_of(store, each) for each in ids} == {JobState.SUCCEEDED}, "the answers to be written"
    )


def test_usage_that_no_column_holds_ends_its_job_instead_of_leaving_it_running(store, recorder):
    _, ids = stored_batch(store, 2, **EXPIRES)
    claim(recorder, ids)
    recorder.settle(an_outcome(ids[0], usage=Usage(input_tokens=10**30)))
    recorder.settle(an_outcome(ids[1]))
    until(lambda: state_of(store, ids[0]) is JobState.ERRORED, "the unstorable answer to be reported")
    until(lambda: state_of(store, ids[1]) is JobState.SUCCEEDED, "the other to be written")


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_the_end_of_a_lost_attempt_does_not_give_back_the_one_that_follows(store, recorder, database_url):
    _, ids = stored_batch(store, 1, **EXPIRES)
    claim(recorder, ids)
    with store.write() as tx:
        tx.jobs.rescue(["worker_under_test"], now=utc_now())
    claim(recorder, ids)
    recorder.settle(an_outcome(ids[0], attempt=1))
    outage = Outage(database_url)
    outage.begin()
    with pytest.raises(StoreUnavailableError):
        claim(recorder, ids)
    outage.end()
    recorder.settle(an_outcome(ids[0], attempt=2))
    until(lambda: state_of(store, ids[0]) is JobState.SUCCEEDED, "the second attempt to be recorded")


def test_a_worker_is_present_from_its_entry_on(recorder, register):
    assert register.presence.has_lasted(timedelta(0))
    claim(recorder, [])
    assert register.presence.is_fresh
