"""The one way in: requests are checked, stored in one transaction, and dispatched after it is committed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from claude.dialect import Dialect
from claude.model_class import model_class
from claude.request import RequestFacts
from jobs.batch import Batch, NewBatch
from jobs.bundle import BUNDLE_SIZE, BundleItem, rank_of
from jobs.check import check, check_prices
from jobs.clock import Clock
from jobs.dispatch import Dispatcher
from jobs.errors import IdempotencyConflictError, NotFoundError
from jobs.ids import BATCH_PREFIX, IDS, JOB_PREFIX
from jobs.job import Job, NewJob
from jobs.queue_cap import ALONE, require_room
from jobs.settings import Settings
from jobs.store.store import Store, Transaction
from jobs.submission import BatchOptions, Idempotency, SubmittedRequest
from jobs.webhooks.acceptance import check_webhook

Within = Callable[[Transaction, str], None]
"""Writes what belongs to a new batch, whose id it is given, in the transaction that stores the batch."""

PLAIN_BATCH = BatchOptions()


class Submitter:
    """Accepts submissions whole or not at all."""

    def __init__(self, *, store: Store, dispatcher: Dispatcher, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._settings = settings
        self._clock = clock

    def submit_one(
        self,
        request: SubmittedRequest,
        *,
        tenant: str,
        job_id: str | None = None,
        idempotency: Idempotency | None = None,
    ) -> Job:
        """Store one job, under `job_id` if it has an id already, and have it dispatched.

        Returns the one that was submitted before under the same key, if there is one. Raises
        `InvalidSubmissionError`, `QueueFullError`, `IdempotencyConflictError`, `StoreUnavailableError`.
        """
        facts = check([request], unsupported=self._settings.unsupported)
        job_id = job_id or IDS.make(JOB_PREFIX)
        now = self._clock()
        with self._store.write() as tx:
            earlier = _earlier(tx, tenant, idempotency)
            if earlier is not None:
                return _submitted_before(tx, earlier, tenant)
            require_room(tx, tenant, ALONE)
            _remember(tx, tenant, idempotency, job_id, now)
            [job] = self._new_jobs([request], facts, [job_id], _Shared(tenant, None, now, None))
            items = _add(tx, [job], count=1, now=now)
        self._dispatcher.post(items)
        return job.added()

    def submit_batch(
        self,
        requests: Iterable[SubmittedRequest],
        *,
        tenant: str,
        dialect: Dialect,
        id_prefix: str = BATCH_PREFIX,
        options: BatchOptions = PLAIN_BATCH,
        idempotency: Idempotency | None = None,
        within: Within | None = None,
    ) -> Batch:
        """Store a batch with all of its jobs and have them dispatched.

        `requests` is iterated twice, once to check and once to store, so that it need not fit into
        memory; a one-shot iterator is refused. `within` is called before the commit, unless the batch
        was submitted before. Raises `InvalidSubmissionError` naming every bad request, `QueueFullError`,
        `WebhookRefusedError`, `IdempotencyConflictError`, `StoreUnavailableError`; nothing is stored then.
        """
        facts = self._checked(requests, options)
        batch_id = IDS.make(id_prefix)
        now = self._clock()
        shared = _Shared(tenant, batch_id, now, options.expires_in)
        job_ids = IDS.make_many(JOB_PREFIX, len(facts))
        with self._store.write() as tx:
            earlier = _earlier(tx, tenant, idempotency)
            if earlier is None:
                require_room(tx, tenant, len(facts))
                _remember(tx, tenant, idempotency, batch_id, now)
                tx.batches.add(self._new_batch(shared, batch_id, dialect, options, len(facts)))
                jobs = self._new_jobs(requests, facts, job_ids, shared)
                items = _add(tx, jobs, count=len(facts), now=now)
                if within is not None:
                    within(tx, batch_id)
            stored = tx.batches.get(earlier or batch_id, tenant=tenant)
        if stored is None:
            raise NotFoundError(f"the batch {earlier} of this Idempotency-Key was deleted meanwhile")
        if earlier is None:
            self._dispatch(items)
        return stored

    def _checked(self, requests: Iterable[SubmittedRequest], options: BatchOptions) -> list[RequestFacts]:
        if isinstance(requests, Iterator):
            raise TypeError("submit_batch iterates twice: hand in a list, or an object that starts afresh")
        if options.webhook is not None:
            check_webhook(options.webhook, self._settings)
        facts = check(requests, unsupported=self._settings.unsupported)
        if options.max_cost is not None:
            check_prices(facts)
        return facts

    def _dispatch(self, items: list[BundleItem]) -> None:
        if items:
            self._dispatcher.post(items)
        else:
            self._dispatcher.post_tick()

    def _new_batch(
        self, shared: "_Shared", batch_id: str, dialect: Dialect, options: BatchOptions, total: int
    ) -> NewBatch:
        return NewBatch(
            id=batch_id,
            tenant=shared.tenant,
            dialect=dialect,
            name=options.name,
            total=total,
            created_at=shared.now,
            expires_at=shared.now + (shared.expires_in or self._settings.expires_in),
            max_cost=options.max_cost,
            webhook=options.webhook,
        )

    def _new_jobs(
        self,
        requests: Iterable[SubmittedRequest],
        facts: Sequence[RequestFacts],
        job_ids: Sequence[str],
        shared: "_Shared",
    ) -> Iterator[NewJob]:
        expires_in = shared.expires_in or self._settings.expires_in
        max_time = self._settings.max_time
        max_time_s = None if max_time is None else max_time.total_seconds()
        for request, fact, job_id in zip(requests, facts, job_ids, strict=True):
            run_at = request.run_at and request.run_at.astimezone(UTC)
            yield NewJob(
                id=job_id,
                tenant=shared.tenant,
                batch_id=shared.batch_id,
                custom_id=request.custom_id,
                dialect=request.dialect,
                model=fact.model,
                lane=model_class(fact.model),
                stream=fact.stream,
                priority=request.priority,
                body=request.body,
                headers=request.headers,
                input_tokens_estimate=fact.input_tokens_estimate,
                max_failures=request.max_failures or self._settings.max_failures,
                created_at=shared.now,
                expires_at=(run_at or shared.now) + (request.expires_in or expires_in),
                run_at=run_at,
                max_time_s=request.max_time_s or max_time_s,
                warnings=(*fact.warnings, *request.warnings),
            )


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all jobs of one submission have in common."""

    tenant: str
    batch_id: str | None
    now: datetime
    expires_in: timedelta | None


def _add(tx: Transaction, jobs: Iterable[NewJob], *, count: int, now: datetime) -> list[BundleItem]:
    """Store `jobs`; a handful is marked as dispatched at once and returned, to be sent after the commit."""
    if count > BUNDLE_SIZE:
        tx.jobs.add_many(jobs, dispatched_at=None)
        return []
    jobs = list(jobs)
    places = tx.jobs.add_many(jobs, dispatched_at=now)
    return [
        BundleItem(
            job_id=job.id,
            model=job.model,
            rank=rank_of(job.priority),
            vstart=places[job.lane],
            input_tokens=job.input_tokens_estimate,
        )
        for job in jobs
        if job.run_at is None
    ]


def _earlier(tx: Transaction, tenant: str, idempotency: Idempotency | None) -> str | None:
    """Return the id of what was submitted before under the same key, if anything was."""
    if idempotency is None:
        return None
    submission = tx.submissions.find(tenant, idempotency.key)
    if submission is None:
        return None
    if submission.digest != idempotency.digest:
        raise IdempotencyConflictError
    return submission.target_id


def _submitted_before(tx: Transaction, job_id: str, tenant: str) -> Job:
    job = tx.jobs.get(job_id, tenant=tenant)
    if job is None:
        raise NotFoundError(f"the job {job_id} of this Idempotency-Key was deleted meanwhile")
    return job


def _remember(
    tx: Transaction, tenant: str, idempotency: Idempotency | None, target_id: str, now: datetime
) -> None:
    if idempotency is not None:
        tx.submissions.add(
            tenant, idempotency.key, digest=idempotency.digest, target_id=target_id, created_at=now
        )
