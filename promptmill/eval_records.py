"""What the server tells about evaluations, as typed values."""

from typing import Any

import msgspec

from evals.comparison.compare import Comparison
from evals.plan import Provenance
from evals.result import Result
from evals.summary import Summary
from promptmill.records import Page

JsonObject = dict[str, Any]
FINAL = frozenset({"ended", "failed", "canceled"})


class EvalRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of an evaluation."""

    id: str
    evaluation_id: str
    name: str
    """The evaluation's."""
    version: int
    """Of the evaluation's definition."""
    state: str
    """`running`, `grading`, `ended`, `failed`, `canceled`."""
    samples: int
    batch_id: str | None
    grading_batch_ids: list[str] = []
    awaited_batch_id: str | None = None
    """The batch at whose end it goes on."""
    provenance: Provenance
    created_at: str
    ended_at: str | None = None
    summary: Summary | None = None
    verdict: str | None = None
    """`worse`, `better`, `cannot_tell`, or `first` where there is nothing to compare with."""
    reason: str | None = None
    compared_with: str | None = None
    """The id of the run before."""
    error: str | None = None
    schedule_id: str | None = None
    webhook: str | None = None
    max_cost: float | None = None
    definition: JsonObject | None = None
    """What was asked; only where one run is fetched."""
    comparison: Comparison | None = None
    """Only where one run is fetched."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing is going to change any more."""
        return self.state in FINAL


class EvalRunPage(Page[EvalRun], frozen=True, kw_only=True):
    """One page of runs."""


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version of an evaluation."""

    id: str
    name: str
    version: int
    hash: str
    created_at: str
    latest_run: EvalRun | None = None


class EvaluationPage(Page[Evaluation], frozen=True, kw_only=True):
    """One page of evaluations."""


class EvalResult(Result, frozen=True, kw_only=True):
    """A graded sample."""

    variant_name: str
    request: JsonObject | None = None
    """What was asked, where that was wanted."""
