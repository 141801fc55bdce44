"""What a caller is told of a call that brought no answer: the status and the words that Claude would use."""

from collections.abc import Mapping
from http import HTTPStatus

from api.errors import Refusal, RefusedError
from claude.errors import ClaudeError
from claude.status_errors import ERROR_TYPES, default_type
from jobs.job import Job, JobError, JobState

GATEWAY_STATUS = HTTPStatus.BAD_GATEWAY.value
"""Where Claude said nothing that has a status: it was not reached, or what came back was no answer."""

STATUSES: Mapping[str, int] = {
    **{kind: status for status, kind in reversed(ERROR_TYPES.items())},
    "invalid_header": 400,
    "internal_error": 500,
    "storage_error": 500,
}
"""The status of an error that came without one: in the middle of a stream, or from ourselves."""

WORDS = frozenset(ERROR_TYPES.values())
"""The types that an SDK may expect; our own words for other failures become `api_error`."""

FINAL: Mapping[str, str] = {"x-should-retry": "false"}
"""The job has its own retries, and they are spent: an SDK that tried again would only repeat them."""

NAMELESS = JobError(type="api_error", message="the reason was not recorded")


def failure_of(job: Job) -> RefusedError:
    """Return what is said of a job that ended without an answer, or that waits for a fault to be mended."""
    if job.state is JobState.CANCELED:
        return ended(499, f"{job.id} was canceled")
    if job.state is JobState.EXPIRED:
        return ended(504, f"{job.id} could not be started before it expired")
    return RefusedError(refusal_of_error(job.error or NAMELESS))


def refusal_of_error(error: JobError | ClaudeError) -> Refusal:
    """Return an error of Claude's, or of the way there, as it is passed on to a caller."""
    status = status_of(error.type, error.status)
    return Refusal(
        status=status,
        type=error.type if error.type in WORDS else default_type(status),
        message=error.message,
        headers=FINAL,
        details=error.details,
    )


def status_of(kind: str, status: int | None) -> int:
    """Return the HTTP status that goes with an error, its own where it has one."""
    if status is not None and status >= HTTPStatus.BAD_REQUEST:
        return status
    return STATUSES.get(kind, GATEWAY_STATUS)


def ended(status: int, message: str) -> RefusedError:
    """Return the end of a call that is not worth another try, in words of ours."""
    return RefusedError(Refusal(status=status, type=default_type(status), message=message, headers=FINAL))
