"""Streams the results of a batch, a page at a time: what is in memory does not grow with the batch."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from litestar.response import Stream

from jobs.store.store import Store, Transaction
from jobs.store.stored import JobResult

PAGE = 100  # jobs

RenderLine = Callable[[Transaction, JobResult], bytes]
"""Makes one line, without its end, of a job that has ended."""


@dataclass(frozen=True, slots=True)
class _Page:
    lines: bytes
    last_id: str | None
    """Set if another page may follow."""


async def stream_results(
    store: Store, find: Callable[[Transaction], str], *, render: RenderLine, media_type: str
) -> Stream:
    """Answer with a line for each ended job of the batch whose id `find` returns, in the order of ids.

    What `find` raises, and a store that is down, are answered as errors; a failure later on cuts the
    connection, so that no caller takes a part for the whole.
    """

    def first_page() -> tuple[str, _Page]:
        with store.read() as tx:
            batch_id = find(tx)
            return batch_id, _page(tx, batch_id, None, render)

    batch_id, page = await asyncio.to_thread(first_page)
    return Stream(_pages(store, batch_id, page, render), media_type=media_type)


async def _pages(store: Store, batch_id: str, page: _Page, render: RenderLine) -> AsyncIterator[bytes]:
    def next_page(after: str) -> _Page:
        with store.read() as tx:
            return _page(tx, batch_id, after, render)

    while True:
        if page.lines:
            yield page.lines
        if page.last_id is None:
            return
        page = await asyncio.to_thread(next_page, page.last_id)


def _page(tx: Transaction, batch_id: str, after: str | None, render: RenderLine) -> _Page:
    results = tx.jobs.results(batch_id, after=after, limit=PAGE)
    lines = b"".join(render(tx, result) + b"\n" for result in results)
    return _Page(lines, results[-1].job.id if len(results) == PAGE else None)


def on_one_line(text: str) -> str:
    """Return JSON text without line ends: they can only stand between tokens, where a blank does as well."""
    return text.replace("\r", " ").replace("\n", " ") if "\n" in text or "\r" in text else text
