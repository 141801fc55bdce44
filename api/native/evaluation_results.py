"""Streams a run's graded samples, a page at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.response import Stream

from api.body import NDJSON
from evalruns.reading import PAGE, placed_results, plan_of_run
from evals.plan import Plan
from evals.report.page import failures_of
from evals.result import Result
from jobs.evaluation import EvalRun
from jobs.store.store import Store


class ResultView(Result, kw_only=True, frozen=True):
    """A graded sample with its item and, where that was asked for, the request that it answers."""

    variant_name: str
    request: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which samples, and how much of them."""

    only_failed: bool
    with_request: bool


async def stream_eval_results(store: Store, run: EvalRun, wanted: Wanted) -> Stream:
    """Answer with a line of JSON for each graded sample, in the plan's order."""

    def made() -> Plan:
        with store.read() as tx:
            return plan_of_run(tx, run)

    plan = await asyncio.to_thread(made)
    return Stream(_pieces(store, run, plan, wanted), media_type=NDJSON)


async def _pieces(store: Store, run: EvalRun, plan: Plan, wanted: Wanted) -> AsyncIterator[bytes]:
    lines = _lines(store, run, plan, wanted)

    def next_piece() -> bytes:
        return b"".join(line for _, line in zip(range(PAGE), lines, strict=False))

    while piece := await asyncio.to_thread(next_piece):
        yield piece


def _lines(store: Store, run: EvalRun, plan: Plan, wanted: Wanted) -> Iterator[bytes]:
    fields = {item.id: item.fields for item in plan.dataset.items}
    names = plan.provenance.variants
    for placed in placed_results(store, run):
        result = placed.result
        if wanted.only_failed and not failures_of([result]):
            continue
        body = plan.requests[placed.place].body if placed.place < len(plan.requests) else None
        view = ResultView(
            **{name: getattr(result, name) for name in Result.__struct_fields__ if name != "item"},
            item=fields.get(result.item_id, {}),
            variant_name=names[result.variant],
            request=msgspec.Raw(body.encode()) if wanted.with_request and body is not None else None,
        )
        yield msgspec.json.encode(view) + b"\n"
