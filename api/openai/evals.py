"""`/openai/v1/evals`, as the official SDK calls it; source: its `resources/evals/evals.py`."""

import asyncio
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromPath, QueryParameter

from api.body import JSON, MEBIBYTE, media_type_of, spooled
from api.connection import HttpRequest
from api.given import GivenClock, GivenStore, GivenTenant
from api.ids import is_id
from api.openai.errors import ErrorBody, ParameterError
from api.openai.eval_bodies import ChangeEvalOperation, NewEvalOperation, read_change, read_eval
from api.openai.eval_views import EvalList, EvalObject, page_of, view_eval
from api.openapi import CHANGING, READING, SUBMITTING, refusals
from jobs.errors import NotFoundError
from jobs.evaluation import OpenAIEval
from jobs.ids import EVALUATION_PREFIX, IDS
from jobs.store.store import Store, Transaction

MOST_LISTED = 100
DEFAULT_LISTED = 20

Limit = Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="Length of a page.")]
After = Annotated[str | None, QueryParameter(description="The last entry of the page before.")]
Order = Annotated[Literal["asc", "desc"], QueryParameter(description="By time of creation.")]


class OpenAIEvalsController(Controller):
    """The endpoints of evals."""

    path = "/openai/v1/evals"
    tags = ("openai",)

    @post(
        "/",
        status_code=201,
        summary="Create an eval",
        operation_class=NewEvalOperation,
        responses=refusals(ErrorBody, SUBMITTING),
    )
    async def create(
        self, request: HttpRequest, store: GivenStore, clock: GivenClock, tenant: GivenTenant
    ) -> EvalObject:
        """Keep an eval; its runs say what is asked of which items."""
        media_type_of(request, JSON)
        async with spooled(request, limit=MEBIBYTE) as body:
            new = await asyncio.to_thread(lambda: read_eval(body.whole()))
        kept = OpenAIEval(
            id=IDS.make(EVALUATION_PREFIX),
            tenant=tenant,
            name=new.name,
            config=msgspec.json.encode(new.config).decode(),
            metadata=new.metadata,
            created_at=clock(),
        )
        await asyncio.to_thread(_add, store, kept)
        return view_eval(kept)

    @get("/", sync_to_thread=True, summary="List evals", responses=refusals(ErrorBody, READING))
    def list_evals(
        self,
        store: GivenStore,
        tenant: GivenTenant,
        limit: Limit = DEFAULT_LISTED,
        after: After = None,
        order: Order = "asc",
    ) -> EvalList:
        """Return one page of evals."""
        check_after(after, EVALUATION_PREFIX)
        with store.read() as tx:
            found = tx.openai_evals.list(
                tenant=tenant, after=after, oldest_first=order == "asc", limit=limit + 1
            )
        return page_of([view_eval(each) for each in found], limit=limit)

    @get(
        "/{eval_id:str}",
        sync_to_thread=True,
        summary="Retrieve an eval",
        responses=refusals(ErrorBody, READING),
    )
    def retrieve(self, store: GivenStore, tenant: GivenTenant, eval_id: FromPath[str]) -> EvalObject:
        """Return an eval."""
        with store.read() as tx:
            return view_eval(find_eval(tx, eval_id, tenant))

    @post(
        "/{eval_id:str}",
        status_code=200,
        summary="Change an eval's name or metadata",
        operation_class=ChangeEvalOperation,
        responses=refusals(ErrorBody, SUBMITTING),
    )
    async def change(
        self, request: HttpRequest, store: GivenStore, tenant: GivenTenant, eval_id: FromPath[str]
    ) -> EvalObject:
        """Set the name, the metadata, or both."""
        media_type_of(request, JSON)
        async with spooled(request, limit=MEBIBYTE) as body:
            change = read_change(body.whole())

        def write() -> EvalObject:
            with store.write() as tx:
                kept = find_eval(tx, eval_id, tenant)
                tx.openai_evals.change(
                    eval_id,
                    name=kept.name if change.name is None else change.name,
                    metadata=kept.metadata if change.metadata is None else change.metadata,
                )
                return view_eval(find_eval(tx, eval_id, tenant))

        return await asyncio.to_thread(write)

    @delete(
        "/{eval_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Delete an eval",
        responses=refusals(ErrorBody, CHANGING),
    )
    def remove(self, store: GivenStore, tenant: GivenTenant, eval_id: FromPath[str]) -> dict[str, Any]:
        """Delete an eval; its runs stay in the series of its name."""
        with store.write() as tx:
            find_eval(tx, eval_id, tenant)
            tx.openai_evals.delete(eval_id)
        return {"object": "eval.deleted", "deleted": True, "eval_id": eval_id}


def find_eval(tx: Transaction, eval_id: str, tenant: str) -> OpenAIEval:
    """Return the tenant's eval; raises `NotFoundError`."""
    found = tx.openai_evals.get(eval_id, tenant=tenant) if is_id(eval_id, EVALUATION_PREFIX) else None
    if found is None:
        raise NotFoundError(f"No eval found with id '{eval_id[:80]}'.")
    return found


def check_after(after: str | None, prefix: str) -> None:
    """Raise `ParameterError` unless `after` can be an id of such a list."""
    if after is not None and not is_id(after, prefix):
        raise ParameterError("after", f"after: {after[:80]!r} is no id of this list")


def _add(store: Store, kept: OpenAIEval) -> None:
    with store.write() as tx:
        tx.openai_evals.add(kept)
