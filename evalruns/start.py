"""Starts a run: planned, stored together with its batch in one transaction, dispatched after it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import msgspec

from claude.dialect import Dialect
from evalruns.told import ToldEvaluation, changed, dataset_told, definition_told
from evals.dataset.dataset import Dataset
from evals.definition.definition import Definition, content_hash
from evals.plan import Plan, PlannedRequest, plan
from jobs.check import check, check_prices
from jobs.clock import Clock
from jobs.errors import NotFoundError
from jobs.evaluation import EvalRun, Evaluation, NewEvalRun, NewEvaluation
from jobs.ids import EVAL_RUN_PREFIX, IDS
from jobs.job import Priority
from jobs.settings import Settings
from jobs.store.store import Store, Transaction
from jobs.submission import BatchOptions, Idempotency, SubmittedRequest
from jobs.submit import Submitter
from jobs.webhooks.acceptance import check_webhook

Within = Callable[[Transaction, str], None]
"""Writes what belongs to a new run, whose id it is given, in the run's own transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a caller says about a run, beside what is asked."""

    priority: Priority = Priority.NORMAL
    max_cost: float | None = None
    """US dollars, for the answers and for what model graders cost."""
    webhook: str | None = None
    schedule_id: str | None = None
    openai: str | None = None
    openai_eval_id: str | None = None


PLAIN_RUN = RunOptions()


class EvalStarter:
    """Accepts runs whole or not at all."""

    def __init__(self, *, store: Store, submitter: Submitter, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._submitter = submitter
        self._settings = settings
        self._clock = clock

    def start_told(
        self,
        told: ToldEvaluation,
        *,
        tenant: str,
        options: RunOptions = PLAIN_RUN,
        idempotency: Idempotency | None = None,
        within: Within | None = None,
    ) -> EvalRun:
        """Start what was told; raises DefinitionError, DatasetError, and what `start` raises."""
        definition = definition_told(told)
        return self.start(
            changed(definition, told.changes, told.name),
            dataset_told(definition, told),
            original=definition,
            tenant=tenant,
            options=options,
            idempotency=idempotency,
            within=within,
        )

    def check_told(self, told: ToldEvaluation, options: RunOptions = PLAIN_RUN) -> None:
        """Raise what starting what was told would raise now; nothing is stored."""
        if options.webhook is not None:
            check_webhook(options.webhook, self._settings)
        definition = definition_told(told)
        planned = plan(changed(definition, told.changes, told.name), dataset_told(definition, told))
        if planned.requests:
            requests = [_request(one, options.priority) for one in planned.requests]
            facts = check(requests, unsupported=self._settings.unsupported)
            if options.max_cost is not None:
                check_prices(facts)

    def start(
        self,
        definition: Definition,
        dataset: Dataset,
        *,
        original: Definition | None = None,
        tenant: str,
        options: RunOptions = PLAIN_RUN,
        idempotency: Idempotency | None = None,
        within: Within | None = None,
    ) -> EvalRun:
        """Start a run of `definition`, of which `original` is the version to remember, and return it.

        Raises DatasetError where items and templates do not fit, and what `Submitter.submit_batch` raises.
        """
        if options.webhook is not None:
            check_webhook(options.webhook, self._settings)
        draft = _Draft(
            plan=plan(definition, dataset),
            original=original or definition,
            tenant=tenant,
            options=options,
            now=self._clock(),
            within=within,
        )
        wanted = self._wanted(draft.plan, tenant)
        if wanted:
            return self._submitted(draft, wanted, idempotency)
        with self._store.write() as tx:
            draft.write(tx, None)
            return _found(tx.eval_runs.get(draft.run_id), draft.run_id)

    def _submitted(
        self, draft: "_Draft", wanted: Sequence[PlannedRequest], idempotency: Idempotency | None
    ) -> EvalRun:
        options = draft.options
        batch = self._submitter.submit_batch(
            [_request(one, options.priority) for one in wanted],
            tenant=draft.tenant,
            dialect=Dialect.MESSAGES,
            options=BatchOptions(name=f"eval {draft.original.name}", max_cost=options.max_cost),
            idempotency=idempotency,
            within=draft.write,
        )
        with self._store.read() as tx:
            return _found(tx.eval_runs.of_batch(batch.id), batch.id)

    def _wanted(self, planned: Plan, tenant: str) -> Sequence[PlannedRequest]:
        """Return what must be asked: all of it, or what no earlier run has an answer to."""
        if not planned.definition.cache:
            return planned.requests
        keys = [answer_key(one) for one in planned.requests]
        with self._store.read() as tx:
            there = tx.evaluations.answers(keys, tenant=tenant)
        return [one for one, key in zip(planned.requests, keys, strict=True) if key not in there]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """A run that is about to be stored."""

    plan: Plan
    original: Definition
    tenant: str
    options: RunOptions
    now: datetime
    within: Within | None
    run_id: str = field(default_factory=partial(IDS.make, EVAL_RUN_PREFIX))

    def write(self, tx: Transaction, batch_id: str | None) -> None:
        """Store definition, dataset and run."""
        dataset = self.plan.dataset
        tx.evaluations.keep_dataset(
            _json(dataset), tenant=self.tenant, content_hash=dataset.hash, now=self.now
        )
        tx.eval_runs.add(self._run(self._kept(tx), batch_id))
        if self.within is not None:
            self.within(tx, self.run_id)

    def _kept(self, tx: Transaction) -> Evaluation:
        return tx.evaluations.keep(
            NewEvaluation(
                tenant=self.tenant,
                name=self.original.name,
                hash=content_hash(self.original),
                definition=_json(self.original),
                created_at=self.now,
            )
        )

    def _run(self, evaluation: Evaluation, batch_id: str | None) -> NewEvalRun:
        planned, options = self.plan, self.options
        return NewEvalRun(
            id=self.run_id,
            tenant=self.tenant,
            evaluation=evaluation,
            definition=_json(planned.definition),
            provenance=_json(planned.provenance),
            dataset_hash=planned.dataset.hash,
            samples=len(planned.requests) + len(planned.given),
            batch_id=batch_id,
            created_at=self.now,
            priority=options.priority,
            max_cost=options.max_cost,
            webhook=options.webhook,
            schedule_id=options.schedule_id,
            openai=options.openai,
            openai_eval_id=options.openai_eval_id,
        )


def answer_key(request: PlannedRequest) -> str:
    """Return what an answer is kept under: the exact request, and which repetition of it."""
    return hashlib.sha256(f"{request.address.epoch}\0{request.body}".encode()).hexdigest()


def _request(planned: PlannedRequest, priority: Priority) -> SubmittedRequest:
    return SubmittedRequest(
        custom_id=planned.address.custom_id, dialect=Dialect.MESSAGES, body=planned.body, priority=priority
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _found(run: EvalRun | None, wanted: str) -> EvalRun:
    if run is None:
        raise NotFoundError(
            f"no evaluation's run belongs to {wanted}, which this Idempotency-Key made before"
        )
    return run
