"""Marks samples: runs programs on the spot, and collects what models must be asked."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import msgspec

from claude.dialect import Dialect
from claude.request import InvalidRequestError, inspect_request
from evals.dataset.dataset import Item
from evals.definition.definition import Definition
from evals.definition.graders import Grader, Python, children
from evals.graders.exam import ModelQuestion, ProgramRun, Question, Replies, Reply
from evals.graders.program_process import run_program
from evals.grading import grade, question_address
from evals.result import Result
from evals.sample import Sample
from jobs.submission import SubmittedRequest

AT_ONCE = 4  # programs of graders


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A sample's result, or the requests that must be answered before there can be one."""

    sample: Sample
    result: Result | None
    requests: list[SubmittedRequest] = field(default_factory=list)


class Marker:
    """Marks the samples of one run."""

    def __init__(self, definition: Definition, *, allows_programs: bool) -> None:
        self._definition = definition
        self._allows_programs = allows_programs
        self._has_programs = any(_has_program(grader) for grader in definition.named_graders.values())

    def mark_all(
        self,
        samples: Iterable[Sample],
        item_of: Callable[[str], Item],
        replies_of: Callable[[Sample], Replies],
    ) -> Iterator[Marked]:
        """Mark samples in their order; where programs are run, several at once."""

        def mark(sample: Sample) -> Marked:
            return self._mark(sample, item_of(sample.address.item_id), replies_of(sample))

        if not self._has_programs:
            yield from map(mark, samples)
            return
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="program") as pool:
            yield from pool.map(mark, samples)

    def _mark(self, sample: Sample, item: Item, known: Replies) -> Marked:
        replies = dict(known)
        while True:
            grading = grade(self._definition, item, sample, replies)
            if grading.result is not None:
                result = msgspec.structs.replace(grading.result, item={})  # the dataset has the fields
                return Marked(sample=sample, result=result)
            requests: list[SubmittedRequest] = []
            for question in grading.questions:
                answer = self._answer(sample, question)
                if isinstance(answer, Reply):
                    replies[question.grader, question.attempt] = answer
                else:
                    requests.append(answer)
            if len(requests) == len(grading.questions):
                return Marked(sample=sample, result=None, requests=requests)

    def _answer(self, sample: Sample, question: Question) -> Reply | SubmittedRequest:
        """Answer here what can be: programs, and requests that nobody would take."""
        if isinstance(question, ProgramRun):
            return run_program(question, is_allowed=self._allows_programs)
        return _request(sample, question)


def _request(sample: Sample, question: ModelQuestion) -> Reply | SubmittedRequest:
    body = msgspec.json.encode(question.body)
    try:
        inspect_request(Dialect.MESSAGES, body)
    except InvalidRequestError as error:
        return Reply(error=str(error))
    return SubmittedRequest(
        custom_id=question_address(sample, question).custom_id, dialect=Dialect.MESSAGES, body=body.decode()
    )


def _has_program(grader: Grader) -> bool:
    return isinstance(grader, Python) or any(_has_program(child) for child in children(grader).values())
