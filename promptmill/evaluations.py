"""The part of the client that is about evaluations."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Unpack

from evalruns.told import ToldEvaluation
from evals.comparison.compare import Comparison
from promptmill import eval_asks
from promptmill.carrying import Asker, LineReader, Pager, Wait
from promptmill.eval_asks import RunOptions
from promptmill.eval_records import EvalResult, EvalRun, Evaluation
from promptmill.waiting import Waiting


class Evaluations:
    """Starts runs of evaluations and fetches what came of them.

    Its methods raise `ServerUnreachableError` when no server answers and `RefusedError` when it says no.
    """

    def __init__(self, *, ask: Asker, pages: Pager, lines: LineReader, wait: Wait[EvalRun]) -> None:
        self._ask = ask
        self._pages = pages
        self._lines = lines
        self._wait = wait

    def start(self, told: ToldEvaluation, **options: Unpack[RunOptions]) -> EvalRun:
        """Start a run."""
        return self._ask(eval_asks.start(told, options))

    def get(self, run_id: str) -> EvalRun:
        """Return a run with its definition and its comparison."""
        return self._ask(eval_asks.get(run_id))

    def wait(self, run_id: str, on_progress: Callable[[EvalRun], None] | None = None) -> EvalRun:
        """Return the run once it is graded; `on_progress` is called with each look at it."""
        waiting = Waiting(timeout_s=None, is_watched=True, is_long_polled=False)
        return self._wait(lambda _: eval_asks.get(run_id), waiting, on_progress)

    def cancel(self, run_id: str) -> EvalRun:
        """Cancel a run."""
        return self._ask(eval_asks.cancel(run_id))

    def list(self) -> Iterator[Evaluation]:
        """Yield evaluations by name, each in its newest version and with its latest run."""
        return self._pages(eval_asks.evaluation_pages())

    def runs(self, name: str | None = None, *, limit: int | None = None) -> Iterator[EvalRun]:
        """Yield runs, newest first."""
        return self._pages(eval_asks.run_pages(name, limit))

    def results(
        self, run_id: str, *, only_failed: bool = False, with_request: bool = False
    ) -> Iterator[EvalResult]:
        """Yield the samples that are graded."""
        query = eval_asks.results_query(only_failed=only_failed, with_request=with_request)
        with closing(self._lines(eval_asks.run_path(run_id, "results"), params=query)) as lines:
            yield from map(eval_asks.result_of, lines)

    def compare(self, before: str, after: str) -> Comparison:
        """Compare two runs on the items that both have."""
        return self._ask(eval_asks.compare(before, after))
