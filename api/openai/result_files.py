"""Output and error files: nothing but a batch's results, read as files under ids of their own."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from api.completion import completion_of
from api.openai.errors import view_error
from api.results import on_one_line
from claude.dialect import Dialect
from jobs.batch import Batch
from jobs.ids import ALPHABET, BATCH_PREFIX, JOB_PREFIX, LENGTH
from jobs.job import Job, JobError, JobState
from jobs.openai_batch import OpenAIBatch
from jobs.store.store import Transaction
from jobs.store.stored import JobResult

LINE_PREFIX = "batch_req_"
EXPIRED = "This request could not be executed before the completion window expired."
CANCELED = "This request was cancelled before it was executed."
UNKNOWN = JobError(type="api_error", message="the reason was not recorded")


class ResultKind(StrEnum):
    """The two files that a batch leaves."""

    OUTPUT = "output"
    ERRORS = "errors"


STATES = {
    ResultKind.OUTPUT: frozenset({JobState.SUCCEEDED}),
    ResultKind.ERRORS: frozenset({JobState.ERRORED, JobState.CANCELED, JobState.EXPIRED}),
}
"""Which jobs' results each file holds."""

FORM = re.compile(rf"file-(?P<kind>output|errors)-(?P<serial>[{ALPHABET}]{{{LENGTH}}})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """A file of results that can be read."""

    id: str
    kind: ResultKind
    batch_id: str
    ended_at: datetime
    expires_at: datetime | None
    """None: it is there as long as the batch."""


def result_file(kind: ResultKind, record: OpenAIBatch, batch: Batch, *, now: datetime) -> ResultFile | None:
    """Return the batch's file of that kind, or nothing while it runs, without a line, or once it is gone."""
    counts = batch.counts
    lines = counts.succeeded if kind is ResultKind.OUTPUT else counts.ended - counts.succeeded
    is_deleted = record.is_output_deleted if kind is ResultKind.OUTPUT else record.are_errors_deleted
    if batch.ended_at is None or not lines or is_deleted:
        return None
    lifetime = record.output_expires_in
    expires_at = None if lifetime is None else batch.ended_at + lifetime
    if expires_at is not None and expires_at <= now:
        return None
    return ResultFile(
        id=f"file-{kind}-{batch.id.removeprefix(BATCH_PREFIX)}",
        kind=kind,
        batch_id=batch.id,
        ended_at=batch.ended_at,
        expires_at=expires_at,
    )


def find_result_file(tx: Transaction, file_id: str, *, tenant: str, now: datetime) -> ResultFile | None:
    """Return the tenant's file of results, or nothing if there is none of that id."""
    if (form := FORM.fullmatch(file_id)) is None:
        return None
    batch_id = BATCH_PREFIX + form["serial"]
    record = tx.openai_batches.get(batch_id, tenant=tenant)
    batch = tx.batches.get(batch_id, tenant=tenant)
    if record is None or batch is None:
        return None
    return result_file(ResultKind(form["kind"]), record, batch, now=now)


def result_line(tx: Transaction, result: JobResult) -> bytes:
    """Return the line of one request, without its end."""
    job = result.job
    response, error = _ENDINGS[job.state](tx, result)
    return msgspec.json.encode(
        {
            "id": LINE_PREFIX + job.id.removeprefix(JOB_PREFIX),
            "custom_id": job.custom_id,
            "response": response,
            "error": error,
        }
    )


_Ending = tuple[dict[str, Any] | None, dict[str, Any] | None]


def _succeeded(tx: Transaction, result: JobResult) -> _Ending:
    if result.response is None:
        return _errored(tx, result)
    body: Any = msgspec.Raw(on_one_line(result.response))
    if result.job.dialect is Dialect.CHAT:
        body = completion_of(tx, result.job, result.response)
    return _answer(result.job, 200, body), None


def _errored(_: Transaction, result: JobResult) -> _Ending:
    error = result.job.error or UNKNOWN
    if error.status is None:
        return None, {"code": error.type, "message": error.message}
    body = {"error": view_error(error.type, error.message)}
    return _answer(result.job, error.status, body), None


def _answer(job: Job, status: int, body: object) -> dict[str, Any]:
    request_id = job.error.request_id if job.error else None
    return {"status_code": status, "request_id": request_id or job.id, "body": body}


def _expired(_: Transaction, __: JobResult) -> _Ending:
    return None, {"code": "batch_expired", "message": EXPIRED}


def _canceled(_: Transaction, __: JobResult) -> _Ending:
    return None, {"code": "batch_cancelled", "message": CANCELED}


_ENDINGS: dict[JobState, Callable[[Transaction, JobResult], _Ending]] = {
    JobState.SUCCEEDED: _succeeded,
    JobState.ERRORED: _errored,
    JobState.EXPIRED: _expired,
    JobState.CANCELED: _canceled,
}
