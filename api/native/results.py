"""One result as the native dialect writes it."""

import msgspec

from api.completion import completion_of
from api.native.views import raw_or_none
from api.results import on_one_line
from jobs.store.store import Transaction
from jobs.store.stored import JobResult


def result_line(tx: Transaction, result: JobResult) -> bytes:
    """Return the result of one job, Claude's answer spliced in byte for byte."""
    job = result.job
    response = None if result.response is None else on_one_line(result.response)
    return msgspec.json.encode(
        {
            "custom_id": job.custom_id,
            "job_id": job.id,
            "state": job.state,
            "response": raw_or_none(response),
            "completion": completion_of(tx, job, response),
            "error": job.error,
            "attempts": job.attempt,
            "usage": job.usage,
        }
    )
