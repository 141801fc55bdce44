"""What a schedule submits: read from the files that the user names."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from evalruns.told import Changes
from promptmill.cli.evals.files import checked, told_by_file
from promptmill.cli.options import DEFAULT_MAX_TOKENS, DEFAULT_MODEL, MODEL_VARIABLE, input_options
from promptmill.errors import InputError, RefusedError
from promptmill.inputs.container import InputFormat
from promptmill.inputs.prepare import InputOptions, Submission, prepared
from promptmill.schedule_asks import ScheduleOptions

_FOR_REQUESTS = ("max_tokens", "system", "input_format", "prompt_field")
_FOR_BATCHES = ("max_failures", "max_time_s", "expires_in_s")
_FLAGS = {
    "input_format": "--format",
    "max_time_s": "--max-time",
    "expires_in_s": "--expires-in",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The flags that name a file, of which there must be one."""

    prompts: str | None
    batch: str | None
    evaluation: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The flags that say how a file is read; None: not given."""

    model: str | None = None
    max_tokens: int | None = None
    system: str | None = None
    input_format: InputFormat | None = None
    prompt_field: str | None = None
    fail_below: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The flags that hold for each submission, by the names that a server knows; None: not given."""

    priority: str | None = None
    max_failures: int | None = None
    max_time_s: float | None = None
    expires_in_s: float | None = None
    max_cost: float | None = None


@contextmanager
def told_what(files: Files, reading: Reading, limits: Limits) -> Iterator[ScheduleOptions]:
    """Yield what is submitted as a server takes it; a refusal within is raised in terms of the file's lines.

    Raises `InputError`, `DefinitionError`, `DatasetError` where the file is no good.
    """
    if sum(file is not None for file in (files.prompts, files.batch, files.evaluation)) != 1:
        raise InputError("say what to submit by one of --eval FILE, --prompts FILE and --batch FILE")
    read, given = _given(reading), _given(limits)
    if files.evaluation is not None:
        _refuse(read | given, (*_FOR_REQUESTS, *_FOR_BATCHES), "--prompts and --batch, not to --eval")
        yield {"evaluation": _evaluation(files.evaluation, reading) | given}
        return
    _refuse(read, ("fail_below",), "--eval")
    with prepared(files.prompts or files.batch or "", _input_options(reading)) as submission:
        try:
            yield {"batch": {"requests": _requests(submission), **given}}
        except RefusedError as error:
            if error.details:
                raise submission.explain(error) from error
            raise


def _evaluation(file: str, reading: Reading) -> dict[str, Any]:
    models = None if reading.model is None else [reading.model]
    told = told_by_file(file, Changes(models=models, fail_below=reading.fail_below))
    checked(told)
    builtins: dict[str, Any] = msgspec.to_builtins(told)
    return builtins


def _input_options(reading: Reading) -> InputOptions:
    return input_options(
        reading.model or os.environ.get(MODEL_VARIABLE) or DEFAULT_MODEL,
        reading.max_tokens or DEFAULT_MAX_TOKENS,
        reading.system,
        reading.input_format or InputFormat.AUTO,
        reading.prompt_field,
    )


def _given(flags: Reading | Limits) -> dict[str, Any]:
    return {name: value for name, value in asdict(flags).items() if value is not None}


def _requests(submission: Submission) -> list[msgspec.Raw]:
    return [msgspec.Raw(line) for line in submission.body]


def _refuse(given: Mapping[str, Any], names: tuple[str, ...], owner: str) -> None:
    for name in names:
        if name in given:
            raise InputError(f"{_FLAGS.get(name, '--' + name.replace('_', '-'))} belongs to {owner}")
