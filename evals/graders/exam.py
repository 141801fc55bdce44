"""What a grader has before it, and what it may hand back: a mark, a question, or the reason for neither."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from evals.dataset.dataset import Item
from evals.errors import GraderError, TemplateError
from evals.sample import Sample
from evals.template import read_template


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a grader makes of a sample."""

    value: float
    passed: bool | None = None
    """None: passes with a full score."""
    explanation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelQuestion:
    """A request that a model must answer before the grader can judge; a job of its own."""

    grader: str
    attempt: int
    body: dict[str, Any]
    """In Messages format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRun:
    """A program of the user's that must be run before the grader can judge."""

    grader: str
    source: str
    sample: dict[str, Any]
    item: dict[str, Any]
    timeout_s: float
    attempt: int = 0
    """A program is run once."""


Question = ModelQuestion | ProgramRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a question: a text of a model's, a number of a program's, or why there is none."""

    text: str | None = None
    value: float | None = None
    error: str | None = None


Replies = Mapping[tuple[str, int], Reply]
"""By the grader's path and the attempt."""


class UnansweredError(Exception):
    """The grader cannot go on before its questions are answered."""

    def __init__(self, questions: list[Question]) -> None:
        super().__init__("a question of the grader's is open")
        self.questions = questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """One sample before one grader."""

    sample: Sample
    item: Item
    replies: Replies
    path: str = ""
    """Path of the grader, as `quality/style`."""

    @property
    def values(self) -> dict[str, Any]:
        """Return what templates see."""
        return {"item": self.item.fields, "sample": self.sample.fields}

    def within(self, name: str) -> "Exam":
        """Return the same sample before a grader that this one combines."""
        return replace(self, path=f"{self.path}/{name}" if self.path else name)

    def filled(self, source: str) -> str:
        """Fill a template in; raises GraderError."""
        try:
            return read_template(source).render(**self.values)
        except TemplateError as error:
            raise GraderError(str(error)) from None
