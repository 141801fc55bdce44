"""`/v1/evaluations`: evaluations, their runs, and what came of them."""

import asyncio
from functools import partial
from typing import Annotated

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api.body import JSON, media_type_of, spooled
from api.connection import HttpRequest
from api.given import GivenClock, GivenCursors, GivenReception, GivenStarter, GivenStore, GivenTenant
from api.ids import is_id
from api.native.errors import ErrorBody
from api.native.evaluation_intake import StartRunOperation, read_run
from api.native.evaluation_results import Wanted, stream_eval_results
from api.native.evaluation_views import (
    EvalRunDetail,
    EvalRunPage,
    EvalRunView,
    EvaluationPage,
    view_evaluation,
    view_run,
    view_run_in_full,
)
from api.native.queries import DEFAULT_LISTED, PLAIN, Cursor, Limit
from api.openapi import CHANGING, READING, SUBMITTING, refusals
from api.spool import Spool
from api.submission import idempotency_of
from evalruns import cancel
from evalruns.start import EvalStarter
from evalruns.verdict import compare_runs
from evals.comparison.compare import Comparison
from jobs.clock import Clock
from jobs.errors import ConflictError, NotFoundError
from jobs.evaluation import EvalRun, EvalRunState
from jobs.ids import EVAL_RUN_PREFIX
from jobs.store.store import Store, Transaction
from jobs.submission import Idempotency

NameFilter = Annotated[
    str | None, QueryParameter(pattern=PLAIN, description="Only runs of the evaluation of this name.")
]
Before = Annotated[str, QueryParameter(pattern=PLAIN, description="The run to compare with.")]
OnlyFailed = Annotated[bool, QueryParameter(description="Only samples that did not pass.")]
WithRequest = Annotated[bool, QueryParameter(description="With the request that each sample answers.")]


class EvaluationsController(Controller):
    """The endpoints of evaluations."""

    path = "/v1/evaluations"
    tags = ("evaluations",)

    @get("/", sync_to_thread=True, summary="List evaluations by name", responses=refusals(ErrorBody, READING))
    def list_evaluations(
        self,
        store: GivenStore,
        cursors: GivenCursors,
        tenant: GivenTenant,
        limit: Limit = DEFAULT_LISTED,
        cursor: Cursor = None,
    ) -> EvaluationPage:
        """Return one page of evaluations, each in its newest version and with its latest run."""
        scope = ("evaluations", tenant)
        after = cursors.open(cursor, scope) if cursor is not None else None
        with store.read() as tx:
            found = tx.evaluations.list(tenant=tenant, after=after, limit=limit + 1)
            data = []
            for each in found[:limit]:
                latest = tx.eval_runs.list(tenant=tenant, name=each.name, limit=1)
                data.append(view_evaluation(each, latest[0] if latest else None))
        next_cursor = cursors.seal(data[-1].name, scope) if len(found) > limit else None
        return EvaluationPage(data=data, next_cursor=next_cursor)

    @post(
        "/runs",
        status_code=202,
        summary="Start a run",
        operation_class=StartRunOperation,
        responses=refusals(ErrorBody, SUBMITTING),
    )
    async def start_run(
        self, request: HttpRequest, reception: GivenReception, starter: GivenStarter, tenant: GivenTenant
    ) -> EvalRunView:
        """Accept an evaluation with its items, or tell what is wrong by line and path and store nothing."""
        media_type_of(request, JSON)
        async with spooled(request, limit=reception.max_body_bytes) as spool:
            work = partial(_start, starter, spool, tenant, idempotency_of(request, spool))
            return await reception.run(spool, work)

    @get(
        "/runs",
        sync_to_thread=True,
        summary="List runs, newest first",
        responses=refusals(ErrorBody, READING),
    )
    def list_runs(
        self,
        store: GivenStore,
        cursors: GivenCursors,
        tenant: GivenTenant,
        name: NameFilter = None,
        limit: Limit = DEFAULT_LISTED,
        cursor: Cursor = None,
    ) -> EvalRunPage:
        """Return one page of runs."""
        scope = ("eval_runs", tenant, name)
        after = cursors.open(cursor, scope) if cursor is not None else None
        with store.read() as tx:
            found = tx.eval_runs.list(tenant=tenant, name=name, after=after, limit=limit + 1)
        page = found[:limit]
        next_cursor = cursors.seal(page[-1].id, scope) if len(found) > limit else None
        return EvalRunPage(data=[view_run(run) for run in page], next_cursor=next_cursor)

    @get(
        "/runs/{run_id:str}",
        sync_to_thread=True,
        summary="Show a run",
        responses=refusals(ErrorBody, READING),
    )
    def get_run(self, store: GivenStore, tenant: GivenTenant, run_id: FromPath[str]) -> EvalRunDetail:
        """Return a run in numbers, with what was asked and how it compares with the one before."""
        with store.read() as tx:
            return view_run_in_full(find_run(tx, run_id, tenant))

    @get(
        "/runs/{run_id:str}/results",
        summary="Fetch the graded samples",
        media_type="application/x-ndjson",
        responses=refusals(ErrorBody, READING),
    )
    async def get_results(
        self,
        store: GivenStore,
        tenant: GivenTenant,
        run_id: FromPath[str],
        only_failed: OnlyFailed = False,
        with_request: WithRequest = False,
    ) -> Stream:
        """Stream one line of JSON for each sample that is graded by now."""
        run = await asyncio.to_thread(find_id, store, run_id, tenant)
        return await stream_eval_results(
            store, run, Wanted(only_failed=only_failed, with_request=with_request)
        )

    @get(
        "/runs/{run_id:str}/comparison",
        sync_to_thread=True,
        summary="Compare a run with another",
        responses=refusals(ErrorBody, READING),
    )
    def compare(
        self, store: GivenStore, tenant: GivenTenant, run_id: FromPath[str], before: Before
    ) -> Comparison:
        """Return what changed since the run `before`, on the items that both have."""
        with store.read() as tx:
            runs = [_ended(find_run(tx, one, tenant)) for one in (before, run_id)]
        return compare_runs(store, *runs)

    @post(
        "/runs/{run_id:str}/cancel",
        status_code=200,
        sync_to_thread=True,
        summary="Cancel a run",
        responses=refusals(ErrorBody, CHANGING),
    )
    def cancel_run(
        self, store: GivenStore, clock: GivenClock, tenant: GivenTenant, run_id: FromPath[str]
    ) -> EvalRunView:
        """Cancel a run and what has not ended of its batches; one that has ended stays as it is."""
        return view_run(cancel_run(store, find_id(store, run_id, tenant), clock=clock))


def cancel_run(store: Store, run: EvalRun, *, clock: Clock) -> EvalRun:
    """Cancel a run and what it waits for, and return it."""
    with store.write() as tx:
        cancel.cancel_run(tx, run, now=clock())
        return find_run(tx, run.id, run.tenant)


def find_run(tx: Transaction, run_id: str, tenant: str) -> EvalRun:
    """Return the tenant's run; raises `NotFoundError`."""
    run = tx.eval_runs.get(run_id, tenant=tenant) if is_id(run_id, EVAL_RUN_PREFIX) else None
    if run is None:
        raise NotFoundError(f"there is no run {run_id[:80]!r}")
    return run


def find_id(store: Store, run_id: str, tenant: str) -> EvalRun:
    """Return the tenant's run; raises `NotFoundError`."""
    with store.read() as tx:
        return find_run(tx, run_id, tenant)


def _start(starter: EvalStarter, spool: Spool, tenant: str, idempotency: Idempotency | None) -> EvalRunView:
    submitted = read_run(spool.whole())
    return view_run(
        starter.start_told(submitted, tenant=tenant, options=submitted.options, idempotency=idempotency)
    )


def _ended(run: EvalRun) -> EvalRun:
    if run.state is not EvalRunState.ENDED:
        raise ConflictError(f"{run.id} is {run.state.value}: only runs that have ended can be compared")
    return run
