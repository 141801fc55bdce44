"""`POST /v1/jobs`: one job as JSON, or any number of them as NDJSON."""

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from litestar import post
from litestar.params import QueryParameter

from api.body import JSON, NDJSON, media_type_of, spooled
from api.connection import HttpRequest
from api.errors import MalformedRequestError
from api.given import GivenReception, GivenTenant
from api.native.envelope import LINE_BYTES, LONGEST_LIFE_S, JobDefaults, read_job
from api.native.errors import BadLinesError, ErrorBody
from api.native.lines import JobLines
from api.native.operation import SubmitOperation
from api.native.queries import PLAIN
from api.native.views import BatchView, JobView, view_batch, view_job
from api.openapi import SUBMITTING, refusals
from api.spool import Spool
from api.submission import idempotency_of, kept_headers
from claude.dialect import Dialect
from jobs.errors import InvalidSubmissionError
from jobs.job import Priority
from jobs.submission import BatchOptions, Idempotency
from jobs.submit import Submitter
from jobs.webhooks.destination import LONGEST as LONGEST_URL

Name = Annotated[str | None, QueryParameter(pattern=PLAIN, description="The batch's name, for people.")]
ExpiresIn = Annotated[
    float | None,
    QueryParameter(gt=0, le=LONGEST_LIFE_S, description="Seconds until jobs that were not started expire."),
]
Webhook = Annotated[
    str | None,
    QueryParameter(
        max_length=LONGEST_URL, description="URL that is told, by a signed webhook, when the batch has ended."
    ),
]
DefaultPriority = Annotated[Priority, QueryParameter(description="For the jobs that do not say their own.")]
DefaultMaxFailures = Annotated[
    int | None, QueryParameter(ge=1, le=1000, description="For the jobs that do not say their own.")
]
DefaultMaxTime = Annotated[
    float | None,
    QueryParameter(
        gt=0,
        le=LONGEST_LIFE_S,
        description="Seconds after its first start for which a job is tried again; a job's own wins.",
    ),
]
MaxCost = Annotated[
    float | None,
    QueryParameter(ge=0, description="US dollars: once the batch has cost as much, no job of it is started."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submission:
    """What stands around the bodies, whichever of the two ways they come."""

    tenant: str
    defaults: JobDefaults
    options: BatchOptions


@post(
    "/v1/jobs",
    status_code=202,
    tags=["jobs"],
    summary="Submit one job, or a batch of them",
    operation_class=SubmitOperation,
    responses=refusals(ErrorBody, SUBMITTING),
)
async def submit_jobs(
    request: HttpRequest,
    reception: GivenReception,
    tenant: GivenTenant,
    name: Name = None,
    priority: DefaultPriority = Priority.NORMAL,
    max_failures: DefaultMaxFailures = None,
    max_time_s: DefaultMaxTime = None,
    expires_in_s: ExpiresIn = None,
    max_cost: MaxCost = None,
    webhook: Webhook = None,
) -> JobView | BatchView:
    """Accept one job as `application/json`, or a batch as `application/x-ndjson`, whole or not at all.

    What is answered with 202 is durable. With an `Idempotency-Key`, the same submission again gives the
    same job or batch back.
    """
    is_batch = media_type_of(request, JSON, NDJSON) == NDJSON
    defaults = JobDefaults(
        headers=kept_headers(request), priority=priority, max_failures=max_failures, max_time_s=max_time_s
    )
    expires_in = None if expires_in_s is None else dt.timedelta(seconds=expires_in_s)
    options = BatchOptions(name=name, expires_in=expires_in, max_cost=max_cost, webhook=webhook)
    if not is_batch and options != BatchOptions():
        raise MalformedRequestError(
            "name, expires_in_s, max_cost and webhook belong to a batch, and this is a single job"
        )
    submission = _Submission(tenant=tenant, defaults=defaults, options=options)
    limit = reception.max_body_bytes if is_batch else min(reception.max_body_bytes, LINE_BYTES)
    async with spooled(request, limit=limit) as spool:
        submit = _submit_batch if is_batch else _submit_one
        work = partial(submit, reception.submitter, spool, submission, idempotency_of(request, spool))
        return await reception.run(spool, work)


def _submit_one(
    submitter: Submitter, spool: Spool, submission: _Submission, idempotency: Idempotency | None
) -> JobView:
    job = read_job(spool.whole(), submission.defaults)
    return view_job(submitter.submit_one(job, tenant=submission.tenant, idempotency=idempotency))


def _submit_batch(
    submitter: Submitter, spool: Spool, submission: _Submission, idempotency: Idempotency | None
) -> BatchView:
    lines = JobLines(spool, submission.defaults)
    try:
        batch = submitter.submit_batch(
            lines,
            tenant=submission.tenant,
            dialect=_dialect_of(lines),
            options=submission.options,
            idempotency=idempotency,
        )
    except InvalidSubmissionError as error:
        raise BadLinesError(error, lines.numbers_of([bad.index for bad in error.bad_requests])) from None
    return view_batch(batch)


def _dialect_of(lines: JobLines) -> Dialect:
    """Return the batch's format: that of its first job; each job keeps its own."""
    first = next(iter(lines), None)
    return Dialect.MESSAGES if first is None else first.dialect
