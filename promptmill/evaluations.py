"""The part of the client that is about evaluations."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any, Protocol, TypedDict, TypeVar, Unpack
from urllib.parse import quote

import msgspec

from evalruns.told import ToldEvaluation
from evals.comparison.compare import Comparison
from promptmill.asks import Ask, Pages
from promptmill.eval_records import EvalResult, EvalRun, EvalRunPage, Evaluation, EvaluationPage
from promptmill.waiting import Waiting

T = TypeVar("T")
RUNS = "/v1/evaluations/runs"


class RunOptions(TypedDict, total=False):
    """How a run is submitted."""

    priority: str | None
    max_cost: float | None
    webhook: str | None


class Asker(Protocol):
    """Sends a request and decodes the answer."""

    def __call__(self, ask: Ask[T]) -> T:
        """Return the answer; raises what the client raises."""
        ...


class Pager(Protocol):
    """Walks a list page by page."""

    def __call__(self, pages: Pages[T]) -> Iterator[T]:
        """Yield the list's entries."""
        ...


class LineReader(Protocol):
    """Streams an answer's lines."""

    def __call__(self, path: str, **details: Any) -> Generator[bytes]:  # noqa: ANN401 - httpx's own
        """Yield the lines."""
        ...


Look = Callable[[float], Ask[EvalRun]]


class Evaluations:
    """Starts runs of evaluations and fetches what came of them.

    Its methods raise `ServerUnreachableError` when no server answers and `RefusedError` when it says no.
    """

    def __init__(
        self,
        *,
        ask: Asker,
        pages: Pager,
        lines: LineReader,
        wait: Callable[[Look, Waiting, Callable[[EvalRun], None] | None], EvalRun],
    ) -> None:
        self._ask = ask
        self._pages = pages
        self._lines = lines
        self._wait = wait

    def start(self, told: ToldEvaluation, **options: Unpack[RunOptions]) -> EvalRun:
        """Start a run."""
        given = {name: value for name, value in options.items() if value is not None}
        body = msgspec.json.encode({**msgspec.to_builtins(told), **given})
        details = {"content": body, "headers": {"content-type": "application/json"}}
        return self._ask(Ask(kind=EvalRun, method="POST", path=RUNS, details=details))

    def get(self, run_id: str) -> EvalRun:
        """Return a run with its definition and its comparison."""
        return self._ask(Ask(kind=EvalRun, path=_path(run_id)))

    def wait(self, run_id: str, on_progress: Callable[[EvalRun], None] | None = None) -> EvalRun:
        """Return the run once it is graded; `on_progress` is called with each look at it."""
        waiting = Waiting(timeout_s=None, is_watched=True)
        return self._wait(lambda _: Ask(kind=EvalRun, path=_path(run_id)), waiting, on_progress)

    def cancel(self, run_id: str) -> EvalRun:
        """Cancel a run."""
        return self._ask(Ask(kind=EvalRun, method="POST", path=f"{_path(run_id)}/cancel"))

    def list(self) -> Iterator[Evaluation]:
        """Yield evaluations by name, each in its newest version and with its latest run."""
        return self._pages(Pages(EvaluationPage, "/v1/evaluations", {}, None))

    def runs(self, name: str | None = None, *, limit: int | None = None) -> Iterator[EvalRun]:
        """Yield runs, newest first."""
        return self._pages(Pages(EvalRunPage, RUNS, {"name": name}, limit))

    def results(
        self, run_id: str, *, only_failed: bool = False, with_request: bool = False
    ) -> Iterator[EvalResult]:
        """Yield the samples that are graded."""
        decoder = msgspec.json.Decoder(EvalResult)
        query = {"only_failed": str(only_failed).lower(), "with_request": str(with_request).lower()}
        with closing(self._lines(f"{_path(run_id)}/results", params=query)) as lines:
            for line in lines:
                yield decoder.decode(line)

    def compare(self, before: str, after: str) -> Comparison:
        """Compare two runs on the items that both have."""
        path = f"{_path(after)}/comparison"
        return self._ask(Ask(kind=Comparison, path=path, details={"params": {"before": before}}))


def _path(run_id: str) -> str:
    return f"{RUNS}/{quote(run_id, safe='')}"
