"""What is wrong with what a grader is told."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import regex

from evals.definition import graders as told
from evals.errors import FormulaError, TemplateError
from evals.formula import read_formula
from evals.item_schema import schema_problem
from evals.template import read_template

Problem = tuple[str, str]

LONGEST_NAME = 64  # characters
FEWEST_CHOICES = 2
MOST_RETRIES = 10
LONGEST_RUN_S = 120
TEMPLATES = ("output", "target", "rubric")


def grader_problems(grader: told.AnyGrader, path: str) -> Iterator[Problem]:
    """Yield what is wrong with one grader, without those that it combines."""
    if set("/:") & set(grader.name) or not grader.name.isprintable() or len(grader.name) > LONGEST_NAME:
        yield f"{path}.name", f"must be at most {LONGEST_NAME} printable characters, without / and :"
    if not (math.isfinite(grader.weight) and grader.weight >= 0):
        yield f"{path}.weight", "must be 0 or more"
    for field in TEMPLATES:
        value = getattr(grader, field, None)
        for source in value if isinstance(value, list) else [value]:
            if isinstance(source, str) and (problem := template_problem(source)):
                yield f"{path}.{field}", problem
    for kind, check in _CHECKS.items():
        if isinstance(grader, kind):
            for field, message in check(grader):
                yield f"{path}.{field}", message


def template_problem(source: str) -> str | None:
    """Return why a text is no template, if it is none."""
    try:
        read_template(source)
    except TemplateError as error:
        return str(error)
    return None


def _of_targets(grader: told.Exact | told.Includes) -> Iterator[Problem]:
    if grader.target == []:
        yield "target", "must hold at least one text"


def _of_regex(grader: told.Regex) -> Iterator[Problem]:
    try:
        regex.compile(grader.pattern)
    except regex.error as error:
        yield "pattern", f"is no regular expression: {error}"


def _of_number(grader: told.Number) -> Iterator[Problem]:
    for field in ("tolerance", "relative_tolerance"):
        value = getattr(grader, field)
        if not (math.isfinite(value) and value >= 0):
            yield field, "must be 0 or more"


def _of_choice(grader: told.Choice) -> Iterator[Problem]:
    letters = grader.choices
    if len(letters) < FEWEST_CHOICES or not letters.isalnum() or len(set(letters.upper())) < len(letters):
        yield "choices", "must be two letters or more, each once, as ABCD"


def _of_json_schema(grader: told.JsonSchema) -> Iterator[Problem]:
    if problem := schema_problem(grader.schema):
        yield "schema", f"is no JSON Schema: {problem}"


def _of_json_fields(grader: told.JsonFields) -> Iterator[Problem]:
    if not grader.fields:
        yield "fields", "must name at least one field"
    for field, value in grader.fields.items():
        if isinstance(value, str) and (problem := template_problem(value)):
            yield f"fields.{field}", problem


def _of_similarity(grader: told.Similarity) -> Iterator[Problem]:
    if grader.metric is told.Metric.COSINE:
        yield (
            "metric",
            "cosine needs embeddings, which Claude has none of; use fuzzy_match, rouge_l or meteor",
        )


def _of_length(grader: told.Length) -> Iterator[Problem]:
    if grader.min is None and grader.max is None:
        yield "max", "is missing: give min, max or both"
    elif grader.min is not None and grader.max is not None and grader.min > grader.max:
        yield "min", "must not be above max"


def _of_model(grader: told.Model) -> Iterator[Problem]:
    if not grader.model.strip():
        yield "model", "must not be empty"
    if bool(grader.rubric.strip()) == (grader.messages is not None):
        yield "rubric", "must say what to judge by (or give messages, not both)"
    for index, message in enumerate(grader.messages or []):
        if isinstance(message.content, str) and (problem := template_problem(message.content)):
            yield f"messages[{index}].content", problem
    yield from _of_scale(grader)
    if not 0 <= grader.retries <= MOST_RETRIES:
        yield "retries", f"must be 0 to {MOST_RETRIES}"


def _of_scale(grader: told.Model) -> Iterator[Problem]:
    low, high = grader.range
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        yield "range", "must be two numbers, the lower one first"
    if grader.labels is None:
        for field in ("passing_labels", "scores"):
            if getattr(grader, field) is not None:
                yield field, "says something of labels, but there are none"
        return
    if len(set(grader.labels)) < max(2, len(grader.labels)):
        yield "labels", "must be two or more, each once"
    if grader.passing_labels is None and grader.scores is None:
        yield "passing_labels", "is missing: say which labels pass, or what each scores"
    for field in ("passing_labels", "scores"):
        strange = [label for label in getattr(grader, field) or [] if label not in grader.labels]
        if strange:
            yield field, f"names {strange[0]!r}, which is not among the labels"
    if grader.scores is not None and len(grader.scores) < len(grader.labels):
        yield "scores", "must say what each label scores"


def _of_python(grader: told.Python) -> Iterator[Problem]:
    try:
        compile(grader.source, "grader", "exec")
    except (SyntaxError, ValueError) as error:
        yield "source", f"is no Python: {error}"
    if not 0 < grader.timeout_s <= LONGEST_RUN_S:
        yield "timeout_s", f"must be above 0 and at most {LONGEST_RUN_S}"


def _of_combination(grader: told.AllOf | told.AnyOf | told.Weighted) -> Iterator[Problem]:
    if not grader.graders:
        yield "graders", "must hold at least one grader"
    if isinstance(grader, told.Weighted) and not any(child.weight for child in grader.graders):
        yield "graders", "must have a weight above 0 between them"


def _of_multi(grader: told.Multi) -> Iterator[Problem]:
    try:
        names = read_formula(grader.calculate_output).names
    except FormulaError as error:
        yield "calculate_output", str(error)
        return
    for name in sorted(names - grader.graders.keys()):
        yield "calculate_output", f"names {name!r}, which is not among the graders"


_CHECKS: dict[Any, Callable[[Any], Iterator[Problem]]] = {
    told.Exact | told.Includes: _of_targets,
    told.Regex: _of_regex,
    told.Number: _of_number,
    told.Choice: _of_choice,
    told.JsonSchema: _of_json_schema,
    told.JsonFields: _of_json_fields,
    told.Similarity: _of_similarity,
    told.Length: _of_length,
    told.Model: _of_model,
    told.Python: _of_python,
    told.AllOf | told.AnyOf | told.Weighted: _of_combination,
    told.Multi: _of_multi,
}
