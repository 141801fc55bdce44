"""`/openai/v1/files`, as the official SDK calls it; source: its `resources/files.py`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

from litestar import Controller, delete, get, post
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from api.connection import HttpRequest
from api.given import GivenClock, GivenReception, GivenSettings, GivenStore, GivenTenant
from api.openai.errors import ErrorBody
from api.openai.file_views import DeletedFile, FileList, FileObject, view_file, view_result_file
from api.openai.identity import check_after, is_file_id
from api.openai.operation import UploadOperation
from api.openai.result_files import STATES, ResultFile, ResultKind, find_result_file, result_line
from api.openai.upload import Upload
from api.openapi import CHANGING, READING, SUBMITTING, refusals
from api.results import measure_results, stream_results
from jobs.clock import Clock
from jobs.errors import NotFoundError
from jobs.file import File
from jobs.store.store import Store, Transaction

MOST_LISTED = 10_000
BYTES = "application/octet-stream"

Limit = Annotated[int, QueryParameter(ge=1, le=MOST_LISTED, description="Length of a page.")]
After = Annotated[str | None, QueryParameter(description="The last file of the page before.")]
Order = Annotated[Literal["asc", "desc"], QueryParameter(description="By time of creation.")]
Purpose = Annotated[str | None, QueryParameter(description="Only files for this purpose.")]


class FilesController(Controller):
    """The endpoints of files."""

    path = "/openai/v1/files"
    tags = ("openai",)

    @post(
        "/",
        status_code=200,
        summary="Upload a file",
        operation_class=UploadOperation,
        responses=refusals(ErrorBody, SUBMITTING),
    )
    async def create(
        self,
        request: HttpRequest,
        store: GivenStore,
        clock: GivenClock,
        settings: GivenSettings,
        reception: GivenReception,
        tenant: GivenTenant,
    ) -> FileObject:
        """Store a file of requests; it is durable when its id comes back."""
        upload = Upload(store=store, clock=clock, tenant=tenant, limit=reception.max_body_bytes)
        return view_file(await upload.receive(request, lifetime=settings.retention))

    @get("/", sync_to_thread=True, summary="List uploaded files", responses=refusals(ErrorBody, READING))
    def list_files(
        self,
        store: GivenStore,
        clock: GivenClock,
        tenant: GivenTenant,
        limit: Limit = MOST_LISTED,
        after: After = None,
        order: Order = "desc",
        purpose: Purpose = None,
    ) -> FileList:
        """Return one page of the files that were uploaded; files of results belong to their batch."""
        check_after(after, is_file_id)
        with store.read() as tx:
            found = tx.files.list(
                tenant=tenant,
                now=clock(),
                purpose=None if purpose is None else purpose.replace("\0", ""),
                after=after,
                oldest_first=order == "asc",
                limit=limit + 1,
            )
        views = [view_file(file) for file in found[:limit]]
        return FileList(
            data=views,
            has_more=len(found) > limit,
            first_id=views[0].id if views else None,
            last_id=views[-1].id if views else None,
        )

    @get(
        "/{file_id:str}",
        sync_to_thread=True,
        summary="Retrieve a file's description",
        responses=refusals(ErrorBody, READING),
    )
    def retrieve(
        self, store: GivenStore, clock: GivenClock, tenant: GivenTenant, file_id: FromPath[str]
    ) -> FileObject:
        """Return what is known of a file."""
        with store.read() as tx:
            found = _find(tx, file_id, tenant, clock)
        if isinstance(found, File):
            return view_file(found)
        return view_result_file(
            found.id,
            name=f"{found.batch_id}_{found.kind}.jsonl",
            size=measure_results(store, found.batch_id, render=result_line, states=STATES[found.kind]),
            created_at=found.ended_at,
            expires_at=found.expires_at,
        )

    @get(
        "/{file_id:str}/content",
        media_type=BYTES,
        summary="Download a file",
        responses=refusals(ErrorBody, READING),
    )
    async def content(
        self, store: GivenStore, clock: GivenClock, tenant: GivenTenant, file_id: FromPath[str]
    ) -> Stream:
        """Stream the content: what was uploaded byte for byte, or a line for each result."""

        def find() -> File | ResultFile:
            with store.read() as tx:
                return _find(tx, file_id, tenant, clock)

        found = await asyncio.to_thread(find)
        if isinstance(found, File):
            return Stream(_parts(store, found), media_type=BYTES, headers={"content-length": str(found.size)})
        return await stream_results(
            store,
            lambda _: found.batch_id,
            render=result_line,
            media_type=BYTES,
            states=STATES[found.kind],
        )

    @delete(
        "/{file_id:str}",
        status_code=200,
        sync_to_thread=True,
        summary="Delete a file",
        responses=refusals(ErrorBody, CHANGING),
    )
    def delete_file(
        self, store: GivenStore, clock: GivenClock, tenant: GivenTenant, file_id: FromPath[str]
    ) -> DeletedFile:
        """Delete a file; a batch that was made of it goes on, and keeps its results."""
        with store.write() as tx:
            found = _find(tx, file_id, tenant, clock)
            if isinstance(found, File):
                tx.files.delete(found.id)
            elif found.kind is ResultKind.OUTPUT:
                tx.openai_batches.hide_output(found.batch_id)
            else:
                tx.openai_batches.hide_errors(found.batch_id)
        return DeletedFile(id=file_id)


def _find(tx: Transaction, file_id: str, tenant: str, clock: Clock) -> File | ResultFile:
    found: File | ResultFile | None
    if is_file_id(file_id):
        found = tx.files.get(file_id, tenant=tenant, now=clock())
    else:
        found = find_result_file(tx, file_id, tenant=tenant, now=clock())
    if found is None:
        raise NotFoundError(f"No such File object: {file_id[:80]}")
    return found


async def _parts(store: Store, file: File) -> AsyncIterator[bytes]:
    def part(number: int) -> bytes | None:
        with store.read() as tx:
            return tx.files.part(file.id, number)

    number = 0
    while (data := await asyncio.to_thread(part, number)) is not None:
        yield data
        number += 1
