"""Prepares a submission: the input checked for shape and put down as the lines that the server takes."""

import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import msgspec

from promptmill.errors import Detail, InputError, Problem, RefusedError
from promptmill.inputs.container import InputFormat, container_of
from promptmill.inputs.request import Defaults, RowError, job_of
from promptmill.inputs.rows import BadRow, Row, read_rows, unit_of
from promptmill.inputs.source import Source, open_source

IN_MEMORY = 4 * 1024 * 1024  # bytes; a larger submission lies on disk


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOptions:
    """How the user wants an input read."""

    defaults: Defaults
    input_format: InputFormat = InputFormat.AUTO
    prompt_field: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What goes to the server, and the way back from a position in it to the place in the input."""

    name: str
    body: IO[bytes]
    """One job object a line."""
    unit: str
    numbers: "array[int]"

    @property
    def total(self) -> int:
        """Return how many jobs there are."""
        return len(self.numbers)

    def explain(self, refusal: RefusedError) -> InputError:
        """Return the server's refusal in terms of the input's own lines."""
        problems = [self._problem(detail) for detail in refusal.details]
        return _refused(self.name, problems, max(refusal.count, len(problems)))

    def _problem(self, detail: Detail) -> Problem:
        known = 0 <= detail.index < self.total
        return Problem(
            place=f"{self.unit} {self.numbers[detail.index]}" if known else f"job {detail.index + 1}",
            custom_id=detail.custom_id,
            field=detail.field,
            message=detail.message,
        )


@contextmanager
def prepared(path: str, options: InputOptions) -> Iterator[Submission]:
    """Yield the submission for the input at `path`; raises `InputError` listing every row that is wrong."""
    with open_source(path) as source, tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as body:
        preparation = _Preparation(source, options, body)
        yield preparation.run()


class _Preparation:
    """One pass over an input."""

    def __init__(self, source: Source, options: InputOptions, body: IO[bytes]) -> None:
        self._source = source
        self._options = options
        self._body = body
        self._container = container_of(source, options.input_format, options.prompt_field)
        self._unit = unit_of(self._container)
        self._numbers = array("L")
        self._number_by_id: dict[str, int] = {}
        self._problems: list[Problem] = []
        self._bad = 0
        self._encoder = msgspec.json.Encoder()

    def run(self) -> Submission:
        options = self._options
        for row in read_rows(self._source, self._container, options.prompt_field):
            self._take(row)
        name = self._source.name
        if self._bad:
            raise _refused(name, self._problems, self._bad)
        if not self._numbers:
            raise InputError(f"{name} holds no prompts: give it at least one")
        self._body.seek(0)
        return Submission(name=name, body=self._body, unit=self._unit, numbers=self._numbers)

    def _take(self, row: Row | BadRow) -> None:
        if isinstance(row, BadRow):
            self._note(row.number, row.message)
            return
        options = self._options
        try:
            job = job_of(row.fields, options.input_format, options.prompt_field, options.defaults)
        except RowError as error:
            self._note(row.number, str(error), error.field, row.fields.get("custom_id"))
            return
        custom_id = job.setdefault("custom_id", f"{self._unit}-{row.number}")
        first = self._number_by_id.setdefault(custom_id, row.number)
        if first != row.number:
            self._note(row.number, f"is that of {self._unit} {first} already", "custom_id", custom_id)
            return
        self._numbers.append(row.number)
        self._body.write(self._encoder.encode(job) + b"\n")

    def _note(self, number: int, message: str, field: str = "", custom_id: object = None) -> None:
        self._bad += 1
        if len(self._problems) < InputError.LISTED:
            name = custom_id if isinstance(custom_id, str) else None
            place = f"{self._unit} {number}"
            self._problems.append(Problem(place=place, message=message, field=field, custom_id=name))


def _refused(name: str, problems: list[Problem], count: int) -> InputError:
    pieces = "1 bad request" if count == 1 else f"{count:,} bad requests"
    return InputError(f"{name} has {pieces}; nothing was submitted", problems, count)
