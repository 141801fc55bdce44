"""One job in full."""

from api.completion import completion_of
from api.native.views import JobDetail, view_job_in_full
from jobs.job import Job
from jobs.store.store import Transaction


def job_in_full(tx: Transaction, job: Job) -> JobDetail:
    """Return `job` with its request, its response and its attempts."""
    request = tx.jobs.get_request(job.id)
    stored = tx.jobs.get_response(job.id)
    response = None if stored is None else stored.body
    return view_job_in_full(
        job,
        request=None if request is None else request.body,
        response=response,
        completion=completion_of(tx, job, response),
        attempts=tx.attempts.of_job(job.id),
    )
