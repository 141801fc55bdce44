"""`/openai/v1/evals/{id}/runs`, as the official SDK calls it; source: its `resources/evals/runs`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromPath, QueryParameter

from api.body import JSON, media_type_of, spooled
from api.connection import HttpRequest
from api.given import GivenClock, GivenReception, GivenStarter, GivenStore, GivenTenant
from api.ids import is_id
from api.native.evaluations import cancel_run
from api.openai.creation import spooled_file
from api.openai.errors import ErrorBody
from api.openai.eval_bodies import NewRun, NewRunOperation, imported, read_run
from api.openai.eval_views import (
    ITEM_PREFIX,
    STATUSES,
    EvalList,
    EvalRunObject,
    OutputItem,
    StoredTelling,
    page_of,
    place_of,
    view_eval_run,
    view_item,
)
from api.openai.evals import DEFAULT_LISTED, After, Limit, Order, check_after, find_eval
from api.openai.identity import is_file_id
from api.openapi import CHANGING, READING, SUBMITTING, refusals
from evalruns.reading import PlacedResult, placed_results, plan_of_run
from evalruns.start import EvalStarter, RunOptions
from evalruns.told import DatasetText, ToldEvaluation, dataset_told
from evals.openai.read import Imported
from evals.result import OVERALL
from jobs.clock import Clock
from jobs.errors import ConflictError, NotFoundError
from jobs.evaluation import EvalRun
from jobs.ids import EVAL_RUN_PREFIX
from jobs.store.store import Store, Transaction

RunStatus = Annotated[
    Literal["queued", "in_progress", "completed", "canceled", "failed"] | None,
    QueryParameter(description="Only runs that stand so."),
]
ItemStatus = Annotated[
    Literal["pass", "fail"] | None, QueryParameter(description="Only items that passed, or did not.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    store: Store
    tenant: str
    clock: Clock


class OpenAIEvalRunsController(Controller):
    """The endpoints of runs and their output items."""

    path = "/openai/v1/evals/{eval_id:str}/runs"
    tags = ("openai",)

    @post(
        "/",
        status_code=201,
        summary="Start a run of an eval",
        operation_class=NewRunOperation,
        responses=refusals(ErrorBody, SUBMITTING),
    )
    async def create(
        self,
        request: HttpRequest,
        store: GivenStore,
        clock: GivenClock,
        reception: GivenReception,
        starter: GivenStarter,
        tenant: GivenTenant,
        eval_id: FromPath[str],
    ) -> EvalRunObject:
        """Ask what the data source says; the model must be Claude's."""
        media_type_of(request, JSON)
        place = _Place(store=store, tenant=tenant, clock=clock)
        async with spooled(request, limit=reception.max_body_bytes) as body:
            return await reception.run(body, lambda: _create(place, starter, eval_id, read_run(body.whole())))

    @get("/", sync_to_thread=True, summary="List runs", responses=refusals(ErrorBody, READING))
    def list_runs(
        self,
        store: GivenStore,
        tenant: GivenTenant,
        eval_id: FromPath[str],
        limit: Limit = DEFAULT_LISTED,
        after: After = None,
        order: Order = "asc",
        status: RunStatus = None,
    ) -> EvalList:
        """Return one page of an eval's runs."""
        check_after(after, EVAL_RUN_PREFIX)
        states = [state for state, word in STATUSES.items() if word == status]
        if status is not None and not states:
            return page_of([], limit=limit)
        with store.read() as tx:
            find_eval(tx, eval_id, tenant)
            found = tx.eval_runs.list(
                tenant=tenant,
                openai_eval_id=eval_id,
                states=states or None,
                after=after,
                oldest_first=order == "asc",
                limit=limit + 1,
            )
            return page_of([_view(tx, run) for run in found], limit=limit)

    @get(
        "/{run_id:str}",
        sync_to_thread=True,
        summary="Retrieve a run",
        responses=refusals(ErrorBody, READING),
    )
    def retrieve(
        self, store: GivenStore, tenant: GivenTenant, eval_id: FromPath[str], run_id: FromPath[str]
    ) -> EvalRunObject:
        """Return a run with its counts; they are there once it is completed."""
        with store.read() as tx:
            return _view(tx, _find(tx, eval_id, run_id, tenant))

    @post(
        "/{run_id:str}/cancel",
        status_code=200,
        sync_to_thread=True,
        summary="Cancel a run",
        responses=refusals(ErrorBody, CHANGING),
    )
    def cancel(
        self,
        store: GivenStore,
        clock: GivenClock,
        tenant: GivenTenant,
        eval_id: FromPath[str],
        run_id: FromPath[str],
    ) -> EvalRunObject:
        """Cancel a run, and what it waits for."""
        with store.read() as tx:
            run = _find(tx, eval_id, run_id, tenant)
        run = cancel_run(store, run, clock=clock)
        with store.read() as tx:
            return _view(tx, run)

    @delete(
        "/{run_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Delete a run",
        responses=refusals(ErrorBody, CHANGING),
    )
    def remove(
        self, store: GivenStore, tenant: GivenTenant, eval_id: FromPath[str], run_id: FromPath[str]
    ) -> dict[str, Any]:
        """Delete a run that has ended, with its output items."""
        with store.write() as tx:
            run = _find(tx, eval_id, run_id, tenant)
            if not tx.eval_runs.delete(run.id):
                raise ConflictError(f"The run is {STATUSES[run.state]}: cancel it, or wait.")
        return {"object": "eval.run.deleted", "deleted": True, "run_id": run_id}

    @get(
        "/{run_id:str}/output_items",
        sync_to_thread=True,
        summary="List a run's output items",
        responses=refusals(ErrorBody, READING),
    )
    def list_items(
        self,
        store: GivenStore,
        tenant: GivenTenant,
        eval_id: FromPath[str],
        run_id: FromPath[str],
        limit: Limit = DEFAULT_LISTED,
        after: After = None,
        order: Order = "asc",
        status: ItemStatus = None,
    ) -> EvalList:
        """Return one page of graded samples, in the order of the items."""
        with store.read() as tx:
            run = _find(tx, eval_id, run_id, tenant)
            plan = plan_of_run(tx, run)
        last = None if after is None else _place_in(after, run)
        placed = list(placed_results(store, run))[:: 1 if order == "asc" else -1]
        taken = _after(placed, last, status, is_rising=order == "asc")
        views = [
            view_item(run, plan, each.place, each.result)
            for each, _ in zip(taken, range(limit + 1), strict=False)
        ]
        return page_of(views, limit=limit)

    @get(
        "/{run_id:str}/output_items/{item_id:str}",
        sync_to_thread=True,
        summary="Retrieve an output item",
        responses=refusals(ErrorBody, READING),
    )
    def retrieve_item(
        self,
        store: GivenStore,
        tenant: GivenTenant,
        eval_id: FromPath[str],
        run_id: FromPath[str],
        item_id: FromPath[str],
    ) -> OutputItem:
        """Return a graded sample."""
        with store.read() as tx:
            run = _find(tx, eval_id, run_id, tenant)
            plan = plan_of_run(tx, run)
        wanted = _place_in(item_id, run)
        for placed in placed_results(store, run, after=wanted - 1):
            if placed.place == wanted:
                return view_item(run, plan, placed.place, placed.result)
        raise NotFoundError(f"No output item found with id '{item_id[:80]}'.")


def _create(place: _Place, starter: EvalStarter, eval_id: str, new: NewRun) -> EvalRunObject:
    with place.store.read() as tx:
        kept = find_eval(tx, eval_id, place.tenant)
    read = imported(kept.name or kept.id, msgspec.json.decode(kept.config), new)
    told = StoredTelling(name=new.name or "", data_source=new.data_source, metadata=new.metadata)
    run = starter.start(
        read.definition,
        dataset_told(read.definition, _told(place, read)),
        tenant=place.tenant,
        options=RunOptions(openai=msgspec.json.encode(told).decode(), openai_eval_id=kept.id),
    )
    with place.store.read() as tx:
        return _view(tx, run)


def _told(place: _Place, read: Imported) -> ToldEvaluation:
    if read.file_id is None:
        return ToldEvaluation(definition={}, name="data_source.source.content")
    now = place.clock()
    with place.store.read() as tx:
        file = tx.files.get(read.file_id, tenant=place.tenant, now=now) if is_file_id(read.file_id) else None
    if file is None:
        raise NotFoundError(f"No such File object: {read.file_id[:80]}")
    with spooled_file(place.store, read.file_id) as spool:
        content = bytes(spool.whole()).decode("utf-8", errors="replace")
    return ToldEvaluation(definition={}, dataset=DatasetText(name=file.name, content=content))


def _find(tx: Transaction, eval_id: str, run_id: str, tenant: str) -> EvalRun:
    run = tx.eval_runs.get(run_id, tenant=tenant) if is_id(run_id, EVAL_RUN_PREFIX) else None
    if run is None or run.openai_eval_id != eval_id:
        raise NotFoundError(f"No run found with id '{run_id[:80]}'.")
    return run


def _view(tx: Transaction, run: EvalRun) -> EvalRunObject:
    batch = None if run.batch_id is None else tx.batches.get(run.batch_id)
    return view_eval_run(run, batch, f"/v1/evaluations/runs/{run.id}")


def _place_in(item_id: str, run: EvalRun) -> int:
    place = place_of(item_id, run.id) if item_id.startswith(ITEM_PREFIX) else None
    if place is None:
        raise NotFoundError(f"No output item found with id '{item_id[:80]}'.")
    return place


def _after(
    placed: list[PlacedResult], last: int | None, status: str | None, *, is_rising: bool
) -> Iterator[PlacedResult]:
    for each in placed:
        if last is not None and (each.place <= last if is_rising else each.place >= last):
            continue
        overall = each.result.score(OVERALL)
        if status is None or (status == "pass") is bool(overall and overall.passed):
            yield each
