"""Settling: every verdict is written once, and only where that attempt still runs."""

from datetime import timedelta

import pytest

from jobs.job import JobError, JobState, Usage
from jobs.outcome import Reason
from jobs.store.moves.settle import MOST_AT_ONCE
from jobs.store.store import Store
from tests.factories import ANSWER, NOW, a_failure, an_outcome, move, stored_batch, stored_job, the_job

LATER = NOW + timedelta(minutes=1)
SPENT = Usage(input_tokens=10, output_tokens=5, cost=0.25)


def test_success_keeps_response_usage_and_attempt(store: Store):
    job = stored_job(store, state=JobState.RUNNING)
    with store.write() as tx:
        assert tx.jobs.settle([an_outcome(job.id, ended_at=LATER)]) == [job.id]
    kept = the_job(store, job.id)
    assert (kept.state, kept.ended_at, kept.usage, kept.error) == (JobState.SUCCEEDED, LATER, SPENT, None)
    with store.read() as tx:
        response = tx.jobs.get_response(job.id)
        [attempt] = tx.attempts.of_job(job.id)
    assert (response.attempt, response.body) == (1, ANSWER)
    assert (attempt.state, attempt.ended_at, attempt.usage) == (JobState.SUCCEEDED, LATER, SPENT)
    assert (attempt.status, attempt.request_id) == (200, "req_1")


@pytest.mark.parametrize("length", [10, MOST_AT_ONCE // 8])
def test_answers_that_come_together_are_kept_however_long_they_are(store: Store, length: int):
    _, ids = stored_batch(store, 10)
    move(store, ids, JobState.RUNNING)
    answers = {job_id: f'{{"of": "{job_id}", "text": "\\u0000 \t{"ü" * length}"}}' for job_id in ids}
    with store.write() as tx:
        tx.jobs.settle([an_outcome(job_id, response=answer) for job_id, answer in answers.items()])
    with store.read() as tx:
        assert {job_id: tx.jobs.get_response(job_id).body for job_id in ids} == answers


def test_a_failure_waits_for_its_retry_with_the_error_on_record(store: Store):
    job = stored_job(store, state=JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.settle([a_failure(job.id, run_at=LATER)])
    kept = the_job(store, job.id)
    assert (kept.state, kept.reason, kept.failures) == (JobState.WAITING, "retry", 1)
    assert (kept.run_at, kept.ended_at) == (LATER, None)
    overloaded = JobError(type="overloaded_error", message="Overloaded", status=529, request_id="req_1")
    assert kept.error == overloaded
    with store.read() as tx:
        [attempt] = tx.attempts.of_job(job.id)
    assert (attempt.is_failure, attempt.error, attempt.reason) == (True, overloaded, "retry")


def test_the_details_of_an_error_are_kept_until_the_job_is_run_again(store: Store):
    job = stored_job(store, state=JobState.RUNNING)
    error = JobError(type="rate_limit_error", message="no", details='{"error_code": "spent"}')
    with store.write() as tx:
        tx.jobs.settle([a_failure(job.id, state=JobState.ERRORED, run_at=None, error=error)])
    assert the_job(store, job.id).error == error
    with store.write() as tx:
        tx.jobs.retry([job.id], expires_at=LATER)
    assert the_job(store, job.id).error is None


def test_success_after_a_retry_clears_the_error_and_adds_the_usage(store: Store):
    job = stored_job(store, state=JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.settle([a_failure(job.id, run_at=NOW, usage=SPENT)])
        tx.jobs.wake(now=NOW, limit=1)
    move(store, [job.id], JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.settle([an_outcome(job.id, attempt=2)])
    kept = the_job(store, job.id)
    assert (kept.state, kept.error, kept.failures) == (JobState.SUCCEEDED, None, 1)
    assert kept.usage == Usage(input_tokens=20, output_tokens=10, cost=0.5)


def test_a_job_given_back_is_ready_ahead_of_all_and_keeps_its_budget(store: Store):
    _, [first, *_, last] = stored_batch(store, 5)
    move(store, [last], JobState.RUNNING)
    back = an_outcome(last, state=JobState.QUEUED, reason=Reason.SHUTDOWN, response=None, usage=Usage())
    with store.write() as tx:
        tx.jobs.settle([back])
        order = [item.job_id for item in tx.jobs.stage("sonnet-4", limit=2, now=NOW)]
    kept = the_job(store, last)
    assert (kept.state, kept.reason, kept.failures, kept.attempt) == (JobState.QUEUED, "shutdown", 0, 1)
    assert order == [last, first]


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.RUNNING])
def test_a_result_is_written_only_while_the_job_runs(store: Store, state: JobState):
    job = stored_job(store, state=state)
    with store.write() as tx:
        assert tx.jobs.settle([an_outcome(job.id, attempt=job.attempt, response='{"late": true}')]) == []
    assert the_job(store, job.id) == job
    with store.read() as tx:
        response = tx.jobs.get_response(job.id)
    assert response is None or response.body == ANSWER


def test_a_late_worker_writes_nothing(store: Store):
    batch_id, [job_id] = stored_batch(store, 1)
    move(store, [job_id], JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.rescue([the_job(store, job_id).worker_id], now=NOW)
    move(store, [job_id], JobState.RUNNING)
    before = the_job(store, job_id)
    with store.write() as tx:
        assert tx.jobs.settle([an_outcome(job_id, attempt=1)]) == []
    with store.read() as tx:
        assert tx.jobs.get_response(job_id) is None
        assert [each.state for each in tx.attempts.of_job(job_id)] == [JobState.QUEUED, None]
        assert tx.batches.get(batch_id).counts.succeeded == 0
    assert the_job(store, job_id) == before


def test_a_mixed_group_writes_what_holds_and_nothing_else(store: Store):
    batch_id, ids = stored_batch(store, 12)
    move(store, ids[:10], JobState.RUNNING)
    group = [an_outcome(job_id, attempt=1 + n % 2) for n, job_id in enumerate(ids)]
    with store.write() as tx:
        written = tx.jobs.settle([*group, an_outcome("job_unknown")])
    assert sorted(written) == ids[:10:2]
    with store.read() as tx:
        batch = tx.batches.get(batch_id)
    assert (batch.counts.succeeded, batch.counts.running, batch.counts.queued) == (5, 5, 2)
    assert batch.usage.input_tokens == 50


def test_settling_twice_writes_once(store: Store):
    batch_id, ids = stored_batch(store, 10)
    move(store, ids, JobState.RUNNING)
    group = [an_outcome(job_id) for job_id in ids]
    for expected in (10, 0):
        with store.write() as tx:
            assert len(tx.jobs.settle(group + group)) == expected
    with store.read() as tx:
        batch = tx.batches.get(batch_id)
    assert (batch.counts.succeeded, batch.usage.output_tokens) == (10, 50)


def test_a_batch_ends_with_its_last_job(store: Store):
    batch_id, ids = stored_batch(store, 2)
    move(store, ids, JobState.RUNNING)
    ends = []
    for job_id, ended_at in zip(ids, (LATER, NOW), strict=True):
        with store.write() as tx:
            tx.jobs.settle([an_outcome(job_id, ended_at=ended_at)])
            ends.append(tx.batches.get(batch_id).ended_at)
    assert ends == [None, NOW]


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.QUEUED])
def test_a_job_to_be_canceled_does_not_go_round_again(store: Store, state: JobState):
    batch_id, [job_id] = stored_batch(store, 1)
    move(store, [job_id], JobState.RUNNING)
    with store.write() as tx:
        tx.jobs.cancel(job_id, now=NOW)
        tx.jobs.settle([a_failure(job_id, state=state)])
    kept = the_job(store, job_id)
    assert (kept.state, kept.reason, kept.run_at) == (JobState.CANCELED, "canceled", None)
    with store.read() as tx:
        assert tx.batches.get(batch_id).counts.canceled == 1


def test_text_that_postgres_cannot_keep_is_made_storable(store: Store):
    job = stored_job(store, state=JobState.RUNNING)
    error = JobError(type="api_error", message="nul \0, half a pair \ud800")
    with store.write() as tx:
        tx.jobs.settle([a_failure(job.id, error=error)])
    assert the_job(store, job.id).error.message == "nul \N{REPLACEMENT CHARACTER}, half a pair ?"
