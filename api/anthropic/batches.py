"""`/v1/messages/batches`, as the official SDKs call them; source: their `resources/messages/batches.py`."""

from typing import Annotated

from litestar import Controller, delete, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api.anthropic.envelope import read_batch
from api.anthropic.errors import ErrorBody
from api.anthropic.listing import list_page
from api.anthropic.operation import CreateOperation
from api.anthropic.results import JSONL, result_line
from api.anthropic.views import DeletedMessageBatch, MessageBatch, MessageBatchPage, view_batch
from api.body import JSON, media_type_of, spooled
from api.connection import HttpRequest
from api.given import GivenClock, GivenReception, GivenStore, GivenTenant
from api.ids import is_id
from api.openapi import CHANGING, READING, SUBMITTING, refusals
from api.results import stream_results
from api.submission import idempotency_of, kept_headers
from claude.dialect import Dialect
from jobs.batch import Batch
from jobs.errors import ConflictError, NotFoundError
from jobs.ids import MESSAGE_BATCH_PREFIX
from jobs.store.store import Transaction

MOST_LISTED = 1000
DEFAULT_LISTED = 20

Limit = Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="Length of a page.")]
AfterId = Annotated[str | None, QueryParameter(description="Only batches older than this one.")]
BeforeId = Annotated[str | None, QueryParameter(description="Only batches newer than this one.")]


class MessageBatchesController(Controller):
    """The Message Batches endpoints."""

    path = "/v1/messages/batches"
    tags = ("message batches",)

    @post(
        "/",
        status_code=200,
        summary="Create a message batch",
        operation_class=CreateOperation,
        responses=refusals(ErrorBody, SUBMITTING),
    )
    async def create(
        self, request: HttpRequest, reception: GivenReception, tenant: GivenTenant
    ) -> MessageBatch:
        """Accept a batch whole or not at all; it is durable when its id comes back."""
        media_type_of(request, JSON)
        headers = kept_headers(request)
        async with spooled(request, limit=reception.max_body_bytes) as spool:
            idempotency = idempotency_of(request, spool)

            def submit() -> Batch:
                return reception.submitter.submit_batch(
                    read_batch(spool.whole(), headers=headers),
                    tenant=tenant,
                    dialect=Dialect.MESSAGES,
                    id_prefix=MESSAGE_BATCH_PREFIX,
                    idempotency=idempotency,
                )

            return _view(await reception.run(spool, submit), request)

    @get(
        "/",
        sync_to_thread=True,
        summary="List message batches, newest first",
        responses=refusals(ErrorBody, READING),
    )
    def list_batches(
        self,
        request: HttpRequest,
        store: GivenStore,
        tenant: GivenTenant,
        limit: Limit = DEFAULT_LISTED,
        after_id: AfterId = None,
        before_id: BeforeId = None,
    ) -> MessageBatchPage:
        """Return the page after one batch or before another."""
        with store.read() as tx:
            page = list_page(tx, tenant=tenant, limit=limit, after_id=after_id, before_id=before_id)
        views = [_view(batch, request) for batch in page.batches]
        return MessageBatchPage(
            data=views,
            has_more=page.has_more,
            first_id=views[0].id if views else None,
            last_id=views[-1].id if views else None,
        )

    @get(
        "/{batch_id:str}",
        sync_to_thread=True,
        summary="Retrieve a message batch",
        responses=refusals(ErrorBody, READING),
    )
    def retrieve(
        self, request: HttpRequest, store: GivenStore, tenant: GivenTenant, batch_id: FromPath[str]
    ) -> MessageBatch:
        """Return a batch."""
        with store.read() as tx:
            return _view(_find(tx, batch_id, tenant), request)

    @post(
        "/{batch_id:str}/cancel",
        status_code=200,
        sync_to_thread=True,
        summary="Cancel a message batch",
        responses=refusals(ErrorBody, CHANGING),
    )
    def cancel(
        self,
        request: HttpRequest,
        store: GivenStore,
        clock: GivenClock,
        tenant: GivenTenant,
        batch_id: FromPath[str],
    ) -> MessageBatch:
        """Cancel what has not been started; an ended batch stays as it is."""
        with store.write() as tx:
            if _find(tx, batch_id, tenant).ended_at is None:
                tx.jobs.cancel_batch(batch_id, now=clock())
            return _view(_find(tx, batch_id, tenant), request)

    @delete(
        "/{batch_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Delete an ended message batch",
        responses=refusals(ErrorBody, CHANGING),
    )
    def delete_batch(
        self, store: GivenStore, tenant: GivenTenant, batch_id: FromPath[str]
    ) -> DeletedMessageBatch:
        """Delete a batch that has ended, results included."""
        with store.write() as tx:
            _find(tx, batch_id, tenant)
            tx.batches.delete(batch_id)
        return DeletedMessageBatch(id=batch_id)

    @get(
        "/{batch_id:str}/results",
        media_type=JSONL,
        summary="Fetch the results of an ended message batch",
        responses=refusals(ErrorBody, READING),
    )
    async def results(self, store: GivenStore, tenant: GivenTenant, batch_id: FromPath[str]) -> Stream:
        """Stream one line per request."""
        return await stream_results(
            store,
            lambda tx: _find_ended(tx, batch_id, tenant),
            render=result_line,
            media_type=JSONL,
        )


def _view(batch: Batch, request: HttpRequest) -> MessageBatch:
    return view_batch(batch, own_url=str(request.base_url).rstrip("/"))


def _find(tx: Transaction, batch_id: str, tenant: str) -> Batch:
    batch = tx.batches.get(batch_id, tenant=tenant) if is_id(batch_id, MESSAGE_BATCH_PREFIX) else None
    if batch is None:
        raise NotFoundError(f"there is no message batch {batch_id[:80]!r}")
    return batch


def _find_ended(tx: Transaction, batch_id: str, tenant: str) -> str:
    if _find(tx, batch_id, tenant).ended_at is None:
        raise ConflictError(f"{batch_id} has no results yet: it has not ended")
    return batch_id
