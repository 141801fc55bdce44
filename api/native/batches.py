"""`/v1/batches`: look at batches, fetch results, cancel, run failed jobs again, delete."""

import asyncio

from litestar import Controller, delete, get, patch, post
from litestar.params import FromPath
from litestar.response import Stream

from api.body import NDJSON
from api.calls import before_hang_up
from api.connection import HttpRequest
from api.given import (
    GivenClock,
    GivenCursors,
    GivenDispatcher,
    GivenHub,
    GivenLanes,
    GivenNews,
    GivenSettings,
    GivenStore,
    GivenTenant,
)
from api.ids import is_id
from api.native.change import ChangeOperation, read_change
from api.native.errors import ErrorBody
from api.native.held import held_by
from api.native.queries import DEFAULT_LISTED, Cursor, Limit, Wait
from api.native.results import result_line
from api.native.views import BatchDetail, BatchPage, BatchView, DeletedBatch, view_batch, view_batch_in_full
from api.openapi import CHANGING, READING, refusals
from api.results import stream_results
from jobs.batch import Batch
from jobs.errors import ConflictError, NotFoundError
from jobs.ids import BATCH_PREFIX, MESSAGE_BATCH_PREFIX
from jobs.store.store import Transaction

BATCH_PREFIXES = (BATCH_PREFIX, MESSAGE_BATCH_PREFIX)


class BatchesController(Controller):
    """The endpoints of batches."""

    path = "/v1/batches"
    tags = ("batches",)

    @get(
        "/", sync_to_thread=True, summary="List batches, newest first", responses=refusals(ErrorBody, READING)
    )
    def list_batches(
        self,
        store: GivenStore,
        cursors: GivenCursors,
        tenant: GivenTenant,
        limit: Limit = DEFAULT_LISTED,
        cursor: Cursor = None,
    ) -> BatchPage:
        """Return one page of batches, those submitted through other dialects included."""
        scope = ("batches", tenant)
        after = cursors.open(cursor, scope) if cursor is not None else None
        with store.read() as tx:
            found = tx.batches.list(tenant=tenant, after=after, limit=limit + 1)
        page = found[:limit]
        next_cursor = cursors.seal(page[-1].id, scope) if len(found) > limit else None
        return BatchPage(data=[view_batch(batch) for batch in page], next_cursor=next_cursor)

    @get(
        "/{batch_id:str}",
        summary="Show a batch with its counts and cost",
        responses=refusals(ErrorBody, READING),
    )
    async def get_batch(
        self,
        request: HttpRequest,
        store: GivenStore,
        lanes: GivenLanes,
        hub: GivenHub,
        clock: GivenClock,
        tenant: GivenTenant,
        batch_id: FromPath[str],
        wait: Wait = 0.0,
    ) -> BatchDetail:
        """Return a batch."""

        def look() -> BatchDetail:
            with store.read() as tx:
                batch = find_batch(tx, batch_id, tenant)
                held = held_by(tx, batch, now=clock())
            return view_batch_in_full(batch, [] if batch.ended_at else lanes.paused(), held)

        batch = await asyncio.to_thread(look)
        if wait and batch.ended_at is None:
            await before_hang_up(request, hub.batch_ended(batch_id, timeout_s=wait))
            batch = await asyncio.to_thread(look)
        return batch

    @patch(
        "/{batch_id:str}",
        status_code=200,
        summary="Change what a batch may cost",
        operation_class=ChangeOperation,
        responses=refusals(ErrorBody, (*CHANGING, 413, 415)),
    )
    async def change_batch(
        self,
        request: HttpRequest,
        store: GivenStore,
        dispatcher: GivenDispatcher,
        tenant: GivenTenant,
        batch_id: FromPath[str],
    ) -> BatchView:
        """Set `max_cost`, null for no limit; what waited for it is queued within a second or so."""
        change = await read_change(request)

        def work() -> BatchView:
            with store.write() as tx:
                find_batch(tx, batch_id, tenant)
                tx.batches.set_max_cost(batch_id, change.max_cost)
                return view_batch(find_batch(tx, batch_id, tenant))

        batch = await asyncio.to_thread(work)
        dispatcher.post_tick()
        return batch

    @get(
        "/{batch_id:str}/results",
        media_type=NDJSON,
        summary="Fetch the results, one JSON object a line",
        responses=refusals(ErrorBody, READING),
    )
    async def get_results(self, store: GivenStore, tenant: GivenTenant, batch_id: FromPath[str]) -> Stream:
        """Stream a line for every job that has ended so far, in the order of submission."""
        return await stream_results(
            store,
            lambda tx: find_batch(tx, batch_id, tenant).id,
            render=result_line,
            media_type=NDJSON,
        )

    @post(
        "/{batch_id:str}/cancel",
        status_code=200,
        sync_to_thread=True,
        summary="Cancel a batch",
        responses=refusals(ErrorBody, CHANGING),
    )
    def cancel_batch(
        self,
        store: GivenStore,
        clock: GivenClock,
        news: GivenNews,
        tenant: GivenTenant,
        batch_id: FromPath[str],
    ) -> BatchView:
        """Cancel what has not been started, and tell what is running to stop."""
        with store.write() as tx:
            if find_batch(tx, batch_id, tenant).ended_at is None:
                tx.jobs.cancel_batch(batch_id, now=clock())
            batch = find_batch(tx, batch_id, tenant)
        news.announce(batches=[batch_id])
        return view_batch(batch)

    @post(
        "/{batch_id:str}/retry",
        status_code=200,
        sync_to_thread=True,
        summary="Run failed jobs again",
        responses=refusals(ErrorBody, CHANGING),
    )
    def retry_batch(
        self,
        store: GivenStore,
        dispatcher: GivenDispatcher,
        news: GivenNews,
        clock: GivenClock,
        settings: GivenSettings,
        tenant: GivenTenant,
        batch_id: FromPath[str],
    ) -> BatchView:
        """Queue those jobs afresh that ended `errored`, `canceled` or `expired`."""
        with store.write() as tx:
            find_batch(tx, batch_id, tenant)
            if not tx.jobs.retry_batch(batch_id, expires_at=clock() + settings.expires_in):
                raise ConflictError(f"{batch_id} has no errored, canceled or expired job to run again")
            batch = find_batch(tx, batch_id, tenant)
        dispatcher.post_tick()
        news.announce(batches=[batch_id])
        return view_batch(batch)

    @delete(
        "/{batch_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Delete a batch that has ended",
        responses=refusals(ErrorBody, CHANGING),
    )
    def delete_batch(self, store: GivenStore, tenant: GivenTenant, batch_id: FromPath[str]) -> DeletedBatch:
        """Delete a batch with all of its jobs, requests and results."""
        with store.write() as tx:
            find_batch(tx, batch_id, tenant)
            tx.batches.delete(batch_id)
        return DeletedBatch(id=batch_id)


def find_batch(tx: Transaction, batch_id: str, tenant: str) -> Batch:
    """Return the tenant's batch; raises `NotFoundError`."""
    batch = tx.batches.get(batch_id, tenant=tenant) if is_id(batch_id, *BATCH_PREFIXES) else None
    if batch is None:
        raise NotFoundError(f"there is no batch {batch_id[:80]!r}")
    return batch
