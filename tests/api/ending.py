"""Jobs run to their end by hand, as a worker would."""

from jobs.clock import utc_now
from jobs.job import Job, JobError, JobState
from jobs.store.store import Store
from tests.factories import ANSWER, WORKER, a_failure, an_outcome


def jobs_of(store: Store, batch_id: str) -> list[Job]:
    """Return the batch's jobs, in the order of submission."""
    with store.read() as tx:
        return tx.jobs.list(tenant="default", batch_id=batch_id, limit=1000)[::-1]


def end(
    store: Store,
    batch_id: str,
    *,
    response: str = ANSWER,
    failing: str | None = None,
    error_type: str = "overloaded_error",
) -> None:
    """Claim all jobs of the batch and settle them; the one with the custom id `failing` ends `errored`."""
    error = JobError(type=error_type, message="it did not work", request_id="req_1")
    jobs = jobs_of(store, batch_id)
    outcomes = [
        a_failure(job.id, state=JobState.ERRORED, run_at=None, error=error)
        if job.custom_id == failing
        else an_outcome(job.id, response=response)
        for job in jobs
    ]
    with store.write() as tx:
        tx.jobs.claim([job.id for job in jobs], worker_id=WORKER, now=utc_now())
        assert len(tx.jobs.settle(outcomes)) == len(jobs)
