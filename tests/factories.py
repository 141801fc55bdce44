"""Things to test with: every field has a sane default, and a test names only the ones it is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec.structs

from claude.dialect import Dialect
from jobs.batch import NewBatch
from jobs.ids import BATCH_PREFIX, IDS, JOB_PREFIX, WORKER_PREFIX
from jobs.job import Job, JobError, JobState, NewJob, Priority, Usage
from jobs.outcome import Outcome, Reason
from jobs.store.store import Store

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
LEASE = timedelta(minutes=5)
WORKER = WORKER_PREFIX + "of_the_factory"
BODY = '{"model": "claude-sonnet-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "2+2?"}]}'
ANSWER = '{"type": "message", "content": [{"type": "text", "text": "4"}], "stop_reason": "end_turn"}'


def a_new_job(**fields: Any) -> NewJob:
    """Return a valid job that is in no batch."""
    defaults: dict[str, Any] = {
        "id": IDS.make(JOB_PREFIX),
        "tenant": "default",
        "batch_id": None,
        "custom_id": None,
        "dialect": Dialect.MESSAGES,
        "model": "claude-sonnet-4-5",
        "lane": "sonnet-4",
        "stream": False,
        "priority": Priority.NORMAL,
        "body": BODY,
        "headers": {"anthropic-version": "2023-06-01"},
        "input_tokens_estimate": 12,
        "max_failures": 3,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=1),
    }
    return NewJob(**{**defaults, **fields})


def a_batch(**fields: Any) -> NewBatch:
    """Return a batch of one."""
    defaults: dict[str, Any] = {
        "id": IDS.make(BATCH_PREFIX),
        "tenant": "default",
        "dialect": Dialect.MESSAGES,
        "name": None,
        "total": 1,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=1),
    }
    return NewBatch(**{**defaults, **fields})


def an_outcome(job_id: str, **fields: Any) -> Outcome:
    """Return the success of the job's first attempt."""
    defaults: dict[str, Any] = {
        "attempt": 1,
        "state": JobState.SUCCEEDED,
        "ended_at": NOW,
        "response": ANSWER,
        "status": 200,
        "request_id": "req_1",
        "usage": Usage(input_tokens=10, output_tokens=5, cost=0.25),
    }
    return Outcome(job_id=job_id, **{**defaults, **fields})


def a_failure(job_id: str, **fields: Any) -> Outcome:
    """Return a failure of the job's first attempt that will be retried."""
    defaults: dict[str, Any] = {
        "state": JobState.WAITING,
        "reason": Reason.RETRY,
        "run_at": NOW + timedelta(seconds=1),
        "is_failure": True,
        "response": None,
        "status": 529,
        "error": JobError(type="overloaded_error", message="Overloaded", status=529, request_id="req_1"),
        "usage": Usage(),
    }
    return an_outcome(job_id, **{**defaults, **fields})


def stored_batch(store: Store, size: int, **fields: Any) -> tuple[str, list[str]]:
    """Store a batch of `size` queued jobs; return its id and theirs. `fields` are the jobs'."""
    batch = a_batch(total=size, tenant=fields.get("tenant", "default"))
    jobs = [a_new_job(batch_id=batch.id, custom_id=f"row-{n}", **fields) for n in range(size)]
    with store.write() as tx:
        tx.batches.add(batch)
        tx.jobs.add_many(jobs, dispatched_at=None)
    return batch.id, [job.id for job in jobs]


def stored_job(store: Store, *, state: JobState = JobState.QUEUED, **fields: Any) -> Job:
    """Store a job, have the store move it to `state`, and return it."""
    new = a_new_job(**fields)
    if state is JobState.WAITING:
        new = msgspec.structs.replace(new, run_at=new.run_at or NOW + timedelta(hours=1))
    with store.write() as tx:
        tx.jobs.add_many([new], dispatched_at=None)
    move(store, [new.id], state)
    return the_job(store, new.id)


def move(store: Store, job_ids: list[str], state: JobState) -> None:
    """Move queued jobs to `state` as the service would."""
    with store.write() as tx:
        match state:
            case JobState.QUEUED | JobState.WAITING:
                pass
            case JobState.CANCELED:
                for job_id in job_ids:
                    tx.jobs.cancel(job_id, now=NOW)
            case JobState.EXPIRED:
                tx.jobs.expire(now=NOW + timedelta(days=40_000), limit=len(job_ids))
            case _:
                tx.jobs.claim(job_ids, worker_id=WORKER, now=NOW)
        if state is JobState.SUCCEEDED:
            tx.jobs.settle([an_outcome(job_id) for job_id in job_ids])
        if state is JobState.ERRORED:
            tx.jobs.settle([a_failure(job_id, state=state, run_at=None) for job_id in job_ids])


def the_job(store: Store, job_id: str) -> Job:
    """Return the job, which must be there."""
    with store.read() as tx:
        job = tx.jobs.get(job_id)
    assert job is not None
    return job
