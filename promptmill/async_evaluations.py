"""The part of the client for asyncio that is about evaluations."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Unpack

from evalruns.told import ToldEvaluation
from evals.comparison.compare import Comparison
from promptmill import eval_asks
from promptmill.carrying import AsyncAsker, AsyncLineReader, AsyncPager, AsyncWait
from promptmill.eval_asks import RunOptions
from promptmill.eval_records import EvalResult, EvalRun, Evaluation
from promptmill.waiting import Waiting


class AsyncEvaluations:
    """`Evaluations` for asyncio.

    Its methods raise `ServerUnreachableError` when no server answers and `RefusedError` when it says no.
    """

    def __init__(
        self, *, ask: AsyncAsker, pages: AsyncPager, lines: AsyncLineReader, wait: AsyncWait[EvalRun]
    ) -> None:
        self._ask = ask
        self._pages = pages
        self._lines = lines
        self._wait = wait

    async def start(self, told: ToldEvaluation, **options: Unpack[RunOptions]) -> EvalRun:
        """Start a run."""
        return await self._ask(eval_asks.start(told, options))

    async def get(self, run_id: str) -> EvalRun:
        """Return a run with its definition and its comparison."""
        return await self._ask(eval_asks.get(run_id))

    async def wait(self, run_id: str, on_progress: Callable[[EvalRun], None] | None = None) -> EvalRun:
        """Return the run once it is graded; `on_progress` is called with each look at it."""
        waiting = Waiting(timeout_s=None, is_watched=True, is_long_polled=False)
        return await self._wait(lambda _: eval_asks.get(run_id), waiting, on_progress)

    async def cancel(self, run_id: str) -> EvalRun:
        """Cancel a run."""
        return await self._ask(eval_asks.cancel(run_id))

    def list(self) -> AsyncGenerator[Evaluation]:
        """Yield evaluations by name, each in its newest version and with its latest run."""
        return self._pages(eval_asks.evaluation_pages())

    def runs(self, name: str | None = None, *, limit: int | None = None) -> AsyncGenerator[EvalRun]:
        """Yield runs, newest first."""
        return self._pages(eval_asks.run_pages(name, limit))

    async def results(
        self, run_id: str, *, only_failed: bool = False, with_request: bool = False
    ) -> AsyncGenerator[EvalResult]:
        """Yield the samples that are graded."""
        query = eval_asks.results_query(only_failed=only_failed, with_request=with_request)
        async with aclosing(self._lines(eval_asks.run_path(run_id, "results"), params=query)) as lines:
            async for line in lines:
                yield eval_asks.result_of(line)

    async def compare(self, before: str, after: str) -> Comparison:
        """Compare two runs on the items that both have."""
        return await self._ask(eval_asks.compare(before, after))
