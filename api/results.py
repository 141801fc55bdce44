"""Streams the results of a batch, a page at a time: what is in memory does not grow with the batch."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

from litestar.response import Stream

from jobs.job import FINAL_STATES, JobState
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
    store: Store,
    find: Callable[[Transaction], str],
    *,
    render: RenderLine,
    media_type: str,
    states: Collection[JobState] = FINAL_STATES,
) -> Stream:
    """Answer with a line for each ended job of the batch whose id `find` returns, in the order of ids.

    What `find` raises, and a store that is down, are answered as errors; a failure later on cuts the
    connection, so that no caller takes a part for the whole.
    """

    def first_page() -> tuple[_Pager, _Page]:
        with store.read() as tx:
            pager = _Pager(find(tx), render, states)
            return pager, pager.page(tx, None)

    pager, page = await asyncio.to_thread(first_page)
    return Stream(_pages(store, pager, page), media_type=media_type)


def measure_results(
    store: Store, batch_id: str, *, render: RenderLine, states: Collection[JobState] = FINAL_STATES
) -> int:
    """Return how many bytes `stream_results` would send; it takes as long as sending them."""
    pager = _Pager(batch_id, render, states)
    size, after = 0, None
    while True:
        with store.read() as tx:
            page = pager.page(tx, after)
        size += len(page.lines)
        if page.last_id is None:
            return size
        after = page.last_id


@dataclass(frozen=True, slots=True)
class _Pager:
    batch_id: str
    render: RenderLine
    states: Collection[JobState]

    def page(self, tx: Transaction, after: str | None) -> _Page:
        results = tx.jobs.results(self.batch_id, states=self.states, after=after, limit=PAGE)
        lines = b"".join(self.render(tx, result) + b"\n" for result in results)
        return _Page(lines, results[-1].job.id if len(results) == PAGE else None)


async def _pages(store: Store, pager: _Pager, page: _Page) -> AsyncIterator[bytes]:
    def next_page(after: str) -> _Page:
        with store.read() as tx:
            return pager.page(tx, after)

    while True:
        if page.lines:
            yield page.lines
        if page.last_id is None:
            return
        page = await asyncio.to_thread(next_page, page.last_id)


def on_one_line(text: str) -> str:
    """Return JSON text without line ends: they can only stand between tokens, where a blank does as well."""
    return text.replace("\r", " ").replace("\n", " ") if "\n" in text or "\r" in text else text
