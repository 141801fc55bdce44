"""What can be asked of a server about evaluations, whoever carries it."""

from collections.abc import Mapping
from typing import TypedDict
from urllib.parse import quote

import msgspec

from evalruns.told import ToldEvaluation
from evals.comparison.compare import Comparison
from promptmill.asks import JSON_BODY, Ask, Pages
from promptmill.eval_records import EvalResult, EvalRun, EvalRunPage, Evaluation, EvaluationPage

RUNS = "/v1/evaluations/runs"

result_of = msgspec.json.Decoder(EvalResult).decode


class RunOptions(TypedDict, total=False):
    """How a run is submitted."""

    priority: str | None
    max_cost: float | None
    webhook: str | None


def start(told: ToldEvaluation, options: RunOptions) -> Ask[EvalRun]:
    """Start a run."""
    given = {name: value for name, value in options.items() if value is not None}
    body = msgspec.json.encode({**msgspec.to_builtins(told), **given})
    details = {"content": body, "headers": JSON_BODY}
    return Ask(kind=EvalRun, method="POST", path=RUNS, details=details)


def get(run_id: str) -> Ask[EvalRun]:
    """Show a run with its definition and its comparison."""
    return Ask(kind=EvalRun, path=run_path(run_id))


def cancel(run_id: str) -> Ask[EvalRun]:
    """Cancel a run."""
    return Ask(kind=EvalRun, method="POST", path=run_path(run_id, "cancel"))


def compare(before: str, after: str) -> Ask[Comparison]:
    """Compare two runs on the items that both have."""
    return Ask(kind=Comparison, path=run_path(after, "comparison"), details={"params": {"before": before}})


def evaluation_pages() -> Pages[Evaluation]:
    """List evaluations by name."""
    return Pages(EvaluationPage, "/v1/evaluations", {}, None)


def run_pages(name: str | None, limit: int | None) -> Pages[EvalRun]:
    """List runs, newest first."""
    return Pages(EvalRunPage, RUNS, {"name": name}, limit)


def results_query(*, only_failed: bool, with_request: bool) -> Mapping[str, str]:
    """Return which of the graded samples are wanted, and how."""
    return {"only_failed": str(only_failed).lower(), "with_request": str(with_request).lower()}


def run_path(run_id: str, *rest: str) -> str:
    """Return a run's address, or one below it."""
    return "/".join([RUNS, quote(run_id, safe=""), *rest])
