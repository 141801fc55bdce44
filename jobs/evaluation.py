"""An evaluation's run as the record keeps it: what was asked, how far it has come, what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from jobs.job import Priority


class EvalRunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    """Its batch has not ended."""
    GRADING = "grading"
    """A model is asked about the answers; the awaited batch holds the questions."""
    ENDED = "ended"
    FAILED = "failed"
    """It could not be graded; `error` says why."""
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvaluation:
    """A definition on its way into the store."""

    tenant: str
    name: str
    hash: str
    """Of the definition: the same again is the same version."""
    definition: str
    """As JSON."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One version of a definition."""

    id: str
    name: str
    version: int
    """Counted within its name, from 1."""
    hash: str
    definition: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvalRun:
    """A run on its way into the store, written in one transaction with its batch."""

    id: str
    tenant: str
    evaluation: Evaluation
    definition: str
    """What was really asked, as JSON: the evaluation's with what the caller changed for this run."""
    provenance: str
    """What exactly the run was made of, as JSON."""
    dataset_hash: str
    samples: int
    """How many answers are graded."""
    priority: Priority
    batch_id: str | None
    """None: every answer was there before."""
    created_at: datetime
    max_cost: float | None = None
    webhook: str | None = None
    schedule_id: str | None = None
    openai: str | None = None
    """What OpenAI's dialect has to say of it, as JSON."""
    openai_eval_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRun:
    """A row of the eval_runs table."""

    id: str
    tenant: str
    evaluation_id: str
    name: str
    version: int
    definition: str
    provenance: str
    dataset_hash: str
    state: EvalRunState
    samples: int
    priority: Priority
    max_cost: float | None
    webhook: str | None
    """The URL that is told when the run has ended."""
    schedule_id: str | None
    openai: str | None
    openai_eval_id: str | None
    batch_id: str | None
    grading_batch_ids: tuple[str, ...]
    """The questions of model graders, round by round."""
    awaited_batch_id: str | None
    """The batch at whose end the run goes on."""
    claim: int
    """How often its grading was taken on; only ever rises, and fences what a grader writes."""
    created_at: datetime
    ended_at: datetime | None
    summary: str | None
    """As JSON."""
    verdict: str | None
    """How it compares with the run before, as JSON."""
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalRunEnd:
    """What came of a run."""

    state: EvalRunState
    ended_at: datetime
    summary: str | None = None
    verdict: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """An answer that may be used again for the very same request."""

    key: str
    """Of the request, and of which repetition of it."""
    body: str
    latency_s: float | None
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIEval:
    """An eval as OpenAI's dialect keeps it, apart from its runs."""

    id: str
    tenant: str
    name: str | None
    config: str
    """`data_source_config` and `testing_criteria`, as JSON."""
    metadata: dict[str, str] | None
    created_at: datetime
