"""Evaluations and their runs as the native dialect shows them."""

from datetime import datetime
from typing import Any

import msgspec

from evalruns.outcome import RunVerdict
from evalruns.reading import provenance_of_run, summary_of_run
from evals.comparison.compare import Comparison
from evals.plan import Provenance
from evals.summary import Summary
from jobs.evaluation import EvalRun, EvalRunState, Evaluation
from jobs.job import Priority

_decode_verdict = msgspec.json.Decoder(RunVerdict).decode


class EvaluationView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of an evaluation."""

    id: str
    name: str
    version: int
    hash: str
    created_at: datetime
    latest_run: "EvalRunView | None"


class EvaluationPage(msgspec.Struct, frozen=True):
    """One page of evaluations, by name."""

    data: list[EvaluationView]
    next_cursor: str | None


class EvalRunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run."""

    id: str
    evaluation_id: str
    name: str
    """The evaluation's."""
    version: int
    """Of the evaluation's definition."""
    state: EvalRunState
    samples: int
    priority: Priority
    max_cost: float | None
    webhook: str | None
    schedule_id: str | None
    batch_id: str | None
    """The batch of its answers; null where all of them were there before."""
    grading_batch_ids: tuple[str, ...]
    awaited_batch_id: str | None
    """The batch at whose end it goes on."""
    provenance: Provenance
    created_at: datetime
    ended_at: datetime | None
    summary: Summary | None
    verdict: str | None
    """`worse`, `better`, `cannot_tell`, or `first` where there is nothing to compare with."""
    reason: str | None
    """One sentence on the verdict, with the numbers."""
    compared_with: str | None
    error: str | None


class EvalRunDetail(EvalRunView, frozen=True, kw_only=True):
    """A run with what was asked, and how it compares with the one before."""

    definition: Any
    comparison: Comparison | None


class EvalRunPage(msgspec.Struct, frozen=True):
    """One page of runs, newest first."""

    data: list[EvalRunView]
    next_cursor: str | None


def view_evaluation(evaluation: Evaluation, latest: EvalRun | None) -> EvaluationView:
    """Return an evaluation with its latest run."""
    return EvaluationView(
        id=evaluation.id,
        name=evaluation.name,
        version=evaluation.version,
        hash=evaluation.hash,
        created_at=evaluation.created_at,
        latest_run=None if latest is None else view_run(latest),
    )


def view_run(run: EvalRun) -> EvalRunView:
    """Return a run as lists show it."""
    return EvalRunView(**_fields(run, verdict_of(run)))


def view_run_in_full(run: EvalRun) -> EvalRunDetail:
    """Return a run with its definition and its comparison."""
    verdict = verdict_of(run)
    return EvalRunDetail(
        **_fields(run, verdict),
        definition=msgspec.Raw(run.definition.encode()),
        comparison=verdict.comparison if verdict else None,
    )


def verdict_of(run: EvalRun) -> RunVerdict | None:
    """Return the verdict on a run, once there is one."""
    return None if run.verdict is None else _decode_verdict(run.verdict)


def _fields(run: EvalRun, verdict: RunVerdict | None) -> dict[str, Any]:
    made = {
        "provenance": provenance_of_run(run),
        "summary": summary_of_run(run),
        "verdict": verdict and verdict.verdict,
        "reason": verdict and verdict.reason,
        "compared_with": verdict and verdict.compared_with,
    }
    plain = {name: getattr(run, name) for name in EvalRunView.__struct_fields__ if name not in made}
    return {**plain, **made}
