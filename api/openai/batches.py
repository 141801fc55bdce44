"""`/openai/v1/batches`, as the official SDK calls it; source: its `resources/batches.py`."""

import asyncio
from contextlib import ExitStack
from functools import partial
from typing import Annotated

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter

from api.body import JSON, MEBIBYTE, media_type_of, spooled
from api.call_options import call_options_of
from api.connection import HttpRequest
from api.given import GivenClock, GivenReception, GivenStore, GivenTenant
from api.openai.batch_views import BatchList, BatchObject, status_of, view_batch
from api.openai.creation import BatchMaker, Creation, spooled_file
from api.openai.errors import ErrorBody
from api.openai.identity import check_after, is_batch_id, is_file_id
from api.openai.new_batch import read_new_batch
from api.openai.operation import CreateBatchOperation
from api.openapi import CHANGING, READING, SUBMITTING, refusals
from api.spool import Spool
from api.submission import idempotency_of, kept_headers
from jobs.batch import Batch
from jobs.errors import ConflictError, NotFoundError
from jobs.openai_batch import OpenAIBatch
from jobs.store.store import Store, Transaction

MOST_LISTED = 100
DEFAULT_LISTED = 20

Limit = Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="Length of a page.")]
After = Annotated[str | None, QueryParameter(description="The last batch of the page before.")]


class OpenAIBatchesController(Controller):
    """The endpoints of batches."""

    path = "/openai/v1/batches"
    tags = ("openai",)

    @post(
        "/",
        status_code=200,
        summary="Create a batch of an uploaded file",
        operation_class=CreateBatchOperation,
        responses=refusals(ErrorBody, SUBMITTING),
    )
    async def create(
        self,
        request: HttpRequest,
        store: GivenStore,
        clock: GivenClock,
        reception: GivenReception,
        tenant: GivenTenant,
    ) -> BatchObject:
        """Accept every line of the file, or tell by line what is wrong: the batch is `failed` then."""
        media_type_of(request, JSON)
        async with spooled(request, limit=MEBIBYTE) as body:
            creation = Creation(
                new=read_new_batch(body.whole()),
                tenant=tenant,
                headers=kept_headers(request),
                unsupported=call_options_of(request.headers).unsupported,
                idempotency=idempotency_of(request, body),
            )
        maker = BatchMaker(store=store, submitter=reception.submitter, clock=clock)
        file_id = creation.new.input_file_id
        with ExitStack() as stack:

            def copy() -> Spool:
                with store.read() as tx:
                    if not is_file_id(file_id) or not tx.files.get(file_id, tenant=tenant, now=clock()):
                        raise NotFoundError(f"No such File object: {file_id[:80]}")
                return stack.enter_context(spooled_file(store, file_id))

            spool = await asyncio.to_thread(copy)
            record, batch = await reception.run(spool, partial(maker.make, creation, spool))
        return view_batch(record, batch, now=clock())

    @get(
        "/", sync_to_thread=True, summary="List batches, newest first", responses=refusals(ErrorBody, READING)
    )
    def list_batches(
        self,
        store: GivenStore,
        clock: GivenClock,
        tenant: GivenTenant,
        limit: Limit = DEFAULT_LISTED,
        after: After = None,
    ) -> BatchList:
        """Return one page of the batches that were made here, those whose file was refused included."""
        check_after(after, is_batch_id)
        with store.read() as tx:
            found = tx.openai_batches.list(tenant=tenant, after=after, limit=limit + 1)
            page = found[:limit]
            batches = tx.batches.get_many([record.id for record in page])
        now = clock()
        views = [
            view_batch(record, batches.get(record.id), now=now)
            for record in page
            if record.errors or record.id in batches  # it may be deleted at this very moment
        ]
        return BatchList(
            data=views,
            has_more=len(found) > limit,
            first_id=views[0].id if views else None,
            last_id=views[-1].id if views else None,
        )

    @get(
        "/{batch_id:str}",
        sync_to_thread=True,
        summary="Retrieve a batch",
        responses=refusals(ErrorBody, READING),
    )
    def retrieve(
        self, store: GivenStore, clock: GivenClock, tenant: GivenTenant, batch_id: FromPath[str]
    ) -> BatchObject:
        """Return a batch with its live counts."""
        return _view(store, batch_id, tenant, clock)

    @post(
        "/{batch_id:str}/cancel",
        status_code=200,
        sync_to_thread=True,
        summary="Cancel a batch",
        responses=refusals(ErrorBody, CHANGING),
    )
    def cancel(
        self, store: GivenStore, clock: GivenClock, tenant: GivenTenant, batch_id: FromPath[str]
    ) -> BatchObject:
        """Cancel what has not been started, and tell what is running to stop; results so far are kept."""
        with store.write() as tx:
            _, batch = _find(tx, batch_id, tenant)
            status = "failed" if batch is None else status_of(batch)
            if status == "in_progress":
                tx.jobs.cancel_batch(batch_id, now=clock())
            elif status not in {"cancelling", "cancelled"}:
                raise ConflictError(f"Cannot cancel a batch with status '{status}'.")
        return _view(store, batch_id, tenant, clock)


def _view(store: Store, batch_id: str, tenant: str, clock: GivenClock) -> BatchObject:
    with store.read() as tx:
        record, batch = _find(tx, batch_id, tenant)
    return view_batch(record, batch, now=clock())


def _find(tx: Transaction, batch_id: str, tenant: str) -> tuple[OpenAIBatch, Batch | None]:
    record = tx.openai_batches.get(batch_id, tenant=tenant) if is_batch_id(batch_id) else None
    batch = tx.batches.get(batch_id, tenant=tenant) if record else None
    if record is None or (batch is None and not record.errors):
        raise NotFoundError(f"No batch found with id '{batch_id[:80]}'.")
    return record, batch
