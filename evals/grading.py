"""Grades one sample: its scores, or what must be asked before there can be any.

The same call is made again with the replies; nothing needs to be kept in between.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from evals.address import GradingAddress
from evals.dataset.dataset import Item
from evals.definition import graders as told
from evals.definition.definition import Combine, Definition
from evals.definition.graders import AnyGrader
from evals.errors import GraderError
from evals.graders.combination import combine_all, combine_any, combine_multi, combine_weighted
from evals.graders.conduct import grade_cost, grade_latency, grade_refusal
from evals.graders.exam import Exam, Mark, Question, Replies, UnansweredError
from evals.graders.likeness import grade_similarity
from evals.graders.programs import grade_by_program
from evals.graders.promptfoo import expected_graders
from evals.graders.rubric import grade_by_model
from evals.graders.structured import grade_json_fields, grade_json_schema
from evals.graders.text import grade_exact, grade_includes, grade_length, grade_regex
from evals.graders.values import grade_choice, grade_number
from evals.result import OVERALL, Result, Score
from evals.sample import Sample

_GRADERS: dict[type[told.Grader], Callable[[Any, Exam], Mark]] = {
    told.Exact: grade_exact,
    told.Includes: grade_includes,
    told.Regex: grade_regex,
    told.Number: grade_number,
    told.Choice: grade_choice,
    told.JsonSchema: grade_json_schema,
    told.JsonFields: grade_json_fields,
    told.Similarity: grade_similarity,
    told.Length: grade_length,
    told.Refusal: grade_refusal,
    told.Latency: grade_latency,
    told.Cost: grade_cost,
    told.Model: grade_by_model,
    told.Python: grade_by_program,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading:
    """How far the grading of one sample has come."""

    result: Result | None
    """None as long as questions are open."""
    questions: list[Question] = field(default_factory=list)


def question_address(sample: Sample, question: Question) -> GradingAddress:
    """Return the address of the job that is to answer a grader's question."""
    return GradingAddress(sample=sample.address, grader=question.grader, attempt=question.attempt)


def grade(definition: Definition, item: Item, sample: Sample, replies: Replies | None = None) -> Grading:
    """Grade a sample, or return what to ask first; a grader that fails says so in its score."""
    if sample.error is not None:
        scores = [Score(grader=OVERALL, error=sample.error)]
        return Grading(result=_result(definition, item, sample, scores))
    exam = Exam(sample=sample, item=item, replies=replies or {})
    marked = _Marked()
    marks = marked.all(definition.named_graders, exam)
    if marked.questions:
        return Grading(result=None, questions=marked.questions)
    overall = _overall(definition, marks, marked.errors)
    return Grading(result=_result(definition, item, sample, [overall, *marked.scores]))


class _Marked:
    """Collects scores and open questions, whichever grader they come from."""

    def __init__(self) -> None:
        self.scores: list[Score] = []
        self.questions: list[Question] = []
        self.errors: dict[str, str] = {}

    def all(self, graders: Mapping[str, AnyGrader], exam: Exam) -> dict[str, Mark]:
        """Return the marks of those that could say; raises nothing."""
        marks = {name: self._one(grader, exam.within(name)) for name, grader in graders.items()}
        return {name: mark for name, mark in marks.items() if mark is not None}

    def _one(self, grader: AnyGrader, exam: Exam) -> Mark | None:
        place = len(self.scores)
        try:
            mark = _judged(grader, self._mark(grader, exam))
            score = Score(
                grader=exam.path, value=mark.value, passed=mark.passed, explanation=mark.explanation
            )
        except UnansweredError as open_:
            self.questions.extend(open_.questions)
            return None
        except GraderError as error:
            self.errors[exam.path] = str(error)
            mark, score = None, Score(grader=exam.path, error=str(error))
        self.scores.insert(place, score)
        return mark

    def _mark(self, grader: AnyGrader, exam: Exam) -> Mark:
        if isinstance(grader, told.Expected):
            return combine_all(self._children(told.named(expected_graders(grader, exam.item)), exam))
        children = told.children(grader)
        if not children:
            return _GRADERS[type(grader)](grader, exam)
        marks = self._children(children, exam)
        if isinstance(grader, told.Multi):
            return combine_multi(grader, marks)
        if isinstance(grader, told.Weighted):
            return combine_weighted({name: child.weight for name, child in children.items()}, marks)
        return combine_any(marks) if isinstance(grader, told.AnyOf) else combine_all(marks)

    def _children(self, graders: Mapping[str, AnyGrader], exam: Exam) -> dict[str, Mark]:
        marks = self.all(graders, exam)
        missing = [name for name in graders if name not in marks]
        if missing and any(f"{exam.path}/{name}" not in self.errors for name in missing):
            raise UnansweredError([])
        if missing:
            raise GraderError("; ".join(f"{name}: {self.errors[f'{exam.path}/{name}']}" for name in missing))
        return marks


def _judged(grader: told.Grader, mark: Mark) -> Mark:
    """Decide whether a mark passes, where the grader left that open or was told a bar of its own."""
    if grader.pass_threshold is not None:
        passed = mark.value >= grader.pass_threshold
    else:
        passed = mark.passed if mark.passed is not None else mark.value >= 1
    return Mark(value=mark.value, passed=passed, explanation=mark.explanation)


def _overall(definition: Definition, marks: Mapping[str, Mark], errors: Mapping[str, str]) -> Score:
    graders = definition.named_graders
    if len(marks) < len(graders):
        why = "; ".join(f"{name}: {errors[name]}" for name in graders if name not in marks)
        return Score(grader=OVERALL, error=why)
    if definition.combine is Combine.WEIGHTED:
        mark = combine_weighted({name: grader.weight for name, grader in graders.items()}, marks)
    else:
        mark = combine_any(marks) if definition.combine is Combine.ANY else combine_all(marks)
    passed = mark.passed if mark.passed is not None else mark.value >= 1
    if definition.pass_threshold is not None:
        passed = mark.value >= definition.pass_threshold
    return Score(grader=OVERALL, value=mark.value, passed=passed, explanation=mark.explanation)


def _result(definition: Definition, item: Item, sample: Sample, scores: list[Score]) -> Result:
    return Result(
        variant=sample.address.variant,
        item_id=item.id,
        item_digest=item.digest,
        epoch=sample.address.epoch,
        scores=scores,
        group=item.group(definition.group_by),
        output_text=sample.output_text,
        error=sample.error,
        latency_s=sample.latency_s,
        cost=sample.cost,
        item=item.fields,
    )
