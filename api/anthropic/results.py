"""One result as Anthropic writes it; source: `MessageBatchIndividualResponse` in the official SDK."""

from typing import Any

import msgspec

from api.results import on_one_line
from jobs.job import JobError, JobState
from jobs.store.store import Transaction
from jobs.store.stored import JobResult

JSONL = "application/x-jsonl"
DOCUMENTED_TYPES = frozenset(
    {
        "api_error",
        "authentication_error",
        "billing_error",
        "invalid_request_error",
        "not_found_error",
        "overloaded_error",
        "permission_error",
        "rate_limit_error",
        "request_too_large",
        "timeout_error",
    }
)
"""What an SDK may expect in `error.type`; our own words for other failures become `api_error`."""

OURS = "api_error"


def result_line(_: Transaction, result: JobResult) -> bytes:
    """Return the result of one request, Claude's message spliced in byte for byte."""
    return msgspec.json.encode({"custom_id": result.job.custom_id, "result": _result(result)})


def _result(result: JobResult) -> dict[str, Any]:
    job = result.job
    if job.state is JobState.SUCCEEDED and result.response is not None:
        return {"type": "succeeded", "message": msgspec.Raw(on_one_line(result.response))}
    if job.state is JobState.ERRORED:
        return {"type": "errored", "error": _error_response(job.error)}
    return {"type": job.state.value}


def _error_response(error: JobError | None) -> dict[str, Any]:
    error = error or JobError(type=OURS, message="the reason was not recorded")
    known = error.type if error.type in DOCUMENTED_TYPES else OURS
    return {
        "type": "error",
        "error": {"type": known, "message": error.message},
        "request_id": error.request_id,
    }
