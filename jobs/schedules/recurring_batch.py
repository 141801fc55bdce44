"""The kind of schedule that submits a batch of the same requests again and again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from claude.dialect import Dialect
from jobs.check import check, check_prices
from jobs.job import Priority
from jobs.schedules.kinds import DueRun, Submitted, Within
from jobs.schedules.schedule import ScheduleRun
from jobs.settings import Settings
from jobs.store.store import Transaction
from jobs.submission import BatchOptions, SubmittedRequest
from jobs.submit import Submitter
from jobs.webhooks.acceptance import check_webhook


class _StoredRequest(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request as it lies in a plan; its body is the exact text that came in."""

    body: str
    dialect: Dialect
    custom_id: str | None = None
    priority: Priority = Priority.NORMAL
    max_failures: int | None = None
    max_time_s: float | None = None
    expires_in_s: float | None = None


class _StoredTemplate(msgspec.Struct, frozen=True, omit_defaults=True):
    requests: list[_StoredRequest]
    headers: dict[str, str] = {}
    expires_in_s: float | None = None
    max_cost: float | None = None
    webhook: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTemplate:
    """What is submitted each time: the requests, and what holds for the batch."""

    requests: Sequence[SubmittedRequest]
    headers: dict[str, str]
    """Of all the requests."""
    options: BatchOptions
    """Its name is that of the run."""


def check_template(template: BatchTemplate, settings: Settings) -> None:
    """Raise what submitting the template would raise now: `InvalidSubmissionError`, `WebhookRefusedError`."""
    if template.options.webhook is not None:
        check_webhook(template.options.webhook, settings)
    facts = check(template.requests, unsupported=settings.unsupported)
    if template.options.max_cost is not None:
        check_prices(facts)


def plan_of(template: BatchTemplate) -> str:
    """Return the template as the text that is kept with a schedule."""
    options = template.options
    stored = _StoredTemplate(
        requests=[_stored(request) for request in template.requests],
        headers=template.headers,
        expires_in_s=_seconds(options.expires_in),
        max_cost=options.max_cost,
        webhook=options.webhook,
    )
    return msgspec.json.encode(stored).decode()


def template_of(plan: str, name: str) -> BatchTemplate:
    """Return what `plan_of` made text of, for a batch called `name`."""
    stored = msgspec.json.decode(plan, type=_StoredTemplate)
    return BatchTemplate(
        requests=[_submitted(request, stored.headers) for request in stored.requests],
        headers=stored.headers,
        options=BatchOptions(
            name=name,
            expires_in=_duration(stored.expires_in_s),
            max_cost=stored.max_cost,
            webhook=stored.webhook,
        ),
    )


class RecurringBatch:
    """Submits a plan's requests as a batch."""

    def __init__(self, submitter: Submitter) -> None:
        self._submitter = submitter

    def submit(self, plan: str, run: DueRun, within: Within) -> None:
        """Submit the batch; raises what `Submitter.submit_batch` raises."""
        template = template_of(plan, run.name)
        self._submitter.submit_batch(
            template.requests,
            tenant=run.schedule.tenant,
            dialect=template.requests[0].dialect,
            options=template.options,
            within=lambda tx, batch_id: within(tx, Submitted(batch_id=batch_id)),
        )

    def webhook(self, plan: str) -> str | None:
        """Return the URL that is told of a batch's end."""
        return msgspec.json.decode(plan, type=_StoredTemplate).webhook

    def is_going(self, tx: Transaction, run: ScheduleRun) -> bool:
        """Return whether the batch is there and has not ended."""
        batch = tx.batches.get(run.batch_id) if run.batch_id is not None else None
        return batch is not None and batch.ended_at is None

    def cancel(self, tx: Transaction, run: ScheduleRun, *, now: datetime) -> None:
        """Cancel what has not ended of the batch."""
        if run.batch_id is not None:
            tx.jobs.cancel_batch(run.batch_id, now=now)


def _stored(request: SubmittedRequest) -> _StoredRequest:
    return _StoredRequest(
        body=request.body,
        dialect=request.dialect,
        custom_id=request.custom_id,
        priority=request.priority,
        max_failures=request.max_failures,
        max_time_s=request.max_time_s,
        expires_in_s=_seconds(request.expires_in),
    )


def _submitted(stored: _StoredRequest, headers: dict[str, str]) -> SubmittedRequest:
    return SubmittedRequest(
        custom_id=stored.custom_id,
        dialect=stored.dialect,
        body=stored.body,
        headers=headers,
        priority=stored.priority,
        max_failures=stored.max_failures,
        max_time_s=stored.max_time_s,
        expires_in=_duration(stored.expires_in_s),
    )


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
