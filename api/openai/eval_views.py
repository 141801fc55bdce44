"""Evals, their runs and output items as OpenAI shows them; source: `types/evals` in the official SDK."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

from api.openai.moments import unix
from evalruns.reading import provenance_of_run, summary_of_run
from evals.plan import Plan
from evals.result import OVERALL, Result, Score
from evals.summary import GraderSummary
from jobs.batch import Batch
from jobs.evaluation import EvalRun, EvalRunState, OpenAIEval

STATUSES: Mapping[EvalRunState, str] = {
    EvalRunState.RUNNING: "in_progress",
    EvalRunState.GRADING: "in_progress",
    EvalRunState.ENDED: "completed",
    EvalRunState.FAILED: "failed",
    EvalRunState.CANCELED: "canceled",
}
ITEM_PREFIX = "outputitem_"


class EvalObject(msgspec.Struct, frozen=True, kw_only=True):
    """An eval."""

    id: str
    object: Literal["eval"] = "eval"
    name: str
    created_at: int
    data_source_config: Any
    testing_criteria: Any
    metadata: dict[str, str] | None


class EvalError(msgspec.Struct, frozen=True):
    """Why there is no result."""

    code: str
    message: str


class ResultCounts(msgspec.Struct, frozen=True):
    """How many samples ended how."""

    total: int = 0
    passed: int = 0
    failed: int = 0
    errored: int = 0


class CriterionResult(msgspec.Struct, frozen=True):
    """What one grader said."""

    testing_criteria: str
    passed: int
    failed: int


class ModelUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What a model was asked, and what it took."""

    model_name: str
    invocation_count: int
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    total_tokens: int


class EvalRunObject(msgspec.Struct, frozen=True, kw_only=True):
    """A run."""

    id: str
    object: Literal["eval.run"] = "eval.run"
    eval_id: str
    name: str
    status: str
    model: str
    created_at: int
    data_source: Any
    metadata: dict[str, str] | None
    report_url: str
    result_counts: ResultCounts
    per_testing_criteria_results: list[CriterionResult]
    per_model_usage: list[ModelUsage]
    error: EvalError | None


class OutputItem(msgspec.Struct, frozen=True, kw_only=True):
    """A graded sample."""

    id: str
    object: Literal["eval.run.output_item"] = "eval.run.output_item"
    run_id: str
    eval_id: str
    created_at: int
    status: Literal["pass", "fail"]
    datasource_item_id: int
    datasource_item: dict[str, Any]
    results: list[dict[str, Any]]
    sample: dict[str, Any]


class EvalList(msgspec.Struct, frozen=True, kw_only=True):
    """One page of anything of the above."""

    object: Literal["list"] = "list"
    data: list[Any]
    first_id: str | None
    last_id: str | None
    has_more: bool


class StoredTelling(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller said of a run, as it is kept with it."""

    name: str
    data_source: Any
    metadata: dict[str, str] | None = None


_decode_telling = msgspec.json.Decoder(StoredTelling).decode


def page_of(views: list[Any], *, limit: int) -> EvalList:
    """Return a page of `limit`; one more view than that says that there is another page."""
    data = views[:limit]
    ids = [view.id for view in data]
    return EvalList(
        data=data,
        first_id=ids[0] if ids else None,
        last_id=ids[-1] if ids else None,
        has_more=len(views) > limit,
    )


def view_eval(kept: OpenAIEval) -> EvalObject:
    """Return an eval."""
    config = msgspec.json.decode(kept.config)
    return EvalObject(
        id=kept.id,
        name=kept.name or "",
        created_at=unix(kept.created_at),
        metadata=kept.metadata,
        data_source_config=config["data_source_config"],
        testing_criteria=config["testing_criteria"],
    )


def view_eval_run(run: EvalRun, batch: Batch | None, url: str) -> EvalRunObject:
    """Return a run; `url` is where its numbers are."""
    telling = _decode_telling(run.openai or "{}")
    graders = _graders(run)
    return EvalRunObject(
        id=run.id,
        eval_id=run.openai_eval_id or "",
        name=telling.name,
        status=STATUSES[run.state],
        model=provenance_of_run(run).variants[0],
        created_at=unix(run.created_at),
        data_source=telling.data_source,
        metadata=telling.metadata,
        report_url=url,
        result_counts=_counts(run, graders.get(OVERALL)),
        per_testing_criteria_results=[
            CriterionResult(name, *_passed_and_failed(found))
            for name, found in graders.items()
            if name != OVERALL and "/" not in name
        ],
        per_model_usage=[] if batch is None else [_usage(run, batch)],
        error=None if run.error is None else EvalError("failed", run.error),
    )


def view_item(run: EvalRun, plan: Plan, place: int, result: Result) -> OutputItem:
    """Return a graded sample, with the request that it answers."""
    ids = {item.id: index for index, item in enumerate(plan.dataset.items)}
    index = ids[result.item_id]
    overall = result.score(OVERALL)
    asked = msgspec.json.decode(plan.requests[place].body) if place < len(plan.requests) else {}
    return OutputItem(
        id=f"{ITEM_PREFIX}{run.id.partition('_')[2]}_{place}",
        run_id=run.id,
        eval_id=run.openai_eval_id or "",
        created_at=unix(run.ended_at or run.created_at),
        status="pass" if overall is not None and overall.passed else "fail",
        datasource_item_id=index,
        datasource_item=plan.dataset.items[index].fields,
        results=[_result(score) for score in _shown(result.scores)],
        sample=_sample(asked, result),
    )


def place_of(item_id: str, run_id: str) -> int | None:
    """Return the place that an output item's id names within the run; None if it names none."""
    serial, _, place = item_id.removeprefix(ITEM_PREFIX).rpartition("_")
    return int(place) if serial == run_id.partition("_")[2] and place.isdecimal() else None


def _graders(run: EvalRun) -> dict[str, GraderSummary]:
    summary = summary_of_run(run)
    return {found.grader: found for found in summary.variants[0].graders} if summary else {}


def _counts(run: EvalRun, overall: GraderSummary | None) -> ResultCounts:
    if overall is None:
        return ResultCounts(total=run.samples)
    passed, _ = _passed_and_failed(overall)
    failed = run.samples - overall.errors - passed
    return ResultCounts(total=run.samples, passed=passed, failed=failed, errored=overall.errors)


def _passed_and_failed(found: GraderSummary) -> tuple[int, int]:
    passed = round((found.pass_rate or 0.0) * found.samples)
    return passed, found.samples - passed


def _usage(run: EvalRun, batch: Batch) -> ModelUsage:
    usage = batch.usage
    prompt = usage.input_tokens + usage.cache_write_tokens + usage.cache_read_tokens
    return ModelUsage(
        model_name=provenance_of_run(run).variants[0],
        invocation_count=batch.counts.ended,
        prompt_tokens=prompt,
        completion_tokens=usage.output_tokens,
        cached_tokens=usage.cache_read_tokens,
        total_tokens=prompt + usage.output_tokens,
    )


def _shown(scores: Iterable[Score]) -> list[Score]:
    return [score for score in scores if score.grader != OVERALL and "/" not in score.grader]


def _result(score: Score) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": score.grader,
        "passed": bool(score.passed),
        "score": score.value if score.value is not None else 0.0,
    }
    reason = score.error or score.explanation
    return {**found, "sample": {"error": score.error, "reason": reason}} if reason else found


def _sample(asked: dict[str, Any], result: Result) -> dict[str, Any]:
    system = [{"role": "system", "content": asked["system"]}] if asked.get("system") else []
    turns = [{"role": one["role"], "content": _text(one["content"])} for one in asked.get("messages", [])]
    return {
        "input": system + turns,
        "output": [{"role": "assistant", "content": result.output_text}] if result.error is None else [],
        "model": asked.get("model", ""),
        "finish_reason": "stop" if result.error is None else "error",
        "max_completion_tokens": asked.get("max_tokens"),
        "temperature": asked.get("temperature"),
        "top_p": asked.get("top_p"),
        "seed": None,
        "usage": None,
        "error": None if result.error is None else {"code": "failed", "message": result.error},
    }


def _text(content: object) -> str:
    return content if isinstance(content, str) else msgspec.json.encode(content).decode()
