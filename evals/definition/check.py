"""What is wrong with a definition that has the right shape: values that no run could be made of."""

import math
from collections.abc import Iterator

from evals.definition.definition import Combine, DatasetSource, Definition
from evals.definition.grader_check import grader_problems, template_problem
from evals.definition.graders import AnyGrader, Message, children

Problem = tuple[str, str]
"""Path and message."""

ROLES = ("user", "assistant", "system")
SET_ELSEWHERE = ("model", "messages", "system", "stream", "max_tokens")
MOST_EPOCHS = 1_000
LONGEST_NAME = 200  # characters
DEEPEST = 10  # graders within graders


def problems(definition: Definition) -> Iterator[Problem]:
    """Yield all that is wrong, in the order of the file's usual layout."""
    yield from _problems_of_name(definition)
    yield from _problems_of_models(definition)
    yield from _problems_of_prompt(definition)
    yield from _problems_of_dataset(definition)
    yield from _problems_of_numbers(definition)
    if not definition.graders:
        yield "graders", "must hold at least one grader"
    elif definition.combine is Combine.WEIGHTED and not any(one.weight for one in definition.graders):
        yield "graders", "must have a weight above 0 between them"
    for index, grader in enumerate(definition.graders):
        yield from _problems_within(grader, f"graders[{index}]", 1)


def _problems_of_name(definition: Definition) -> Iterator[Problem]:
    name = definition.name
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        yield "name", f"must be 1 to {LONGEST_NAME} printable characters"


def _problems_of_models(definition: Definition) -> Iterator[Problem]:
    models = definition.asked_models
    if not models and (definition.prompt is not None or definition.messages is not None):
        yield "model", "is missing: name one, or several as models"
    if any(not model.strip() for model in models):
        yield "models" if definition.models else "model", "must not be empty"
    if len(set(models)) < len(models):
        yield "models", "must not name a model twice"
    sets = definition.parameter_sets
    if not sets:
        yield "parameters", "must hold at least one set; {} is the models' own"
    for index, parameters in enumerate(sets):
        path = f"parameters[{index}]" if isinstance(definition.parameters, list) else "parameters"
        for name in sorted(set(SET_ELSEWHERE) & set(parameters)):
            yield f"{path}.{name}", "is no parameter: it has a field of its own beside `parameters`"
        if parameters in sets[:index]:
            yield path, "is the same set again"


def _problems_of_prompt(definition: Definition) -> Iterator[Problem]:
    if definition.prompt is not None and definition.messages is not None:
        yield "prompt", "stands for one user message: give prompt or messages, not both"
    for path in ("system", "prompt"):
        source = getattr(definition, path)
        if source is not None and (problem := template_problem(source)):
            yield path, problem
    if isinstance(definition.messages, str):
        if not definition.messages.startswith("item."):
            yield "messages", "must be a list of messages, or the field that holds one, as item.input"
        return
    if definition.messages == []:
        yield "messages", "must hold at least one message"
    yield from _problems_of_messages(definition.messages or [], "messages")


def _problems_of_messages(messages: list[Message], at: str) -> Iterator[Problem]:
    for index, message in enumerate(messages):
        path = f"{at}[{index}]"
        if message.role not in ROLES:
            yield f"{path}.role", f"must be one of {', '.join(ROLES)}, not {message.role!r}"
        if message.content in ("", []):
            yield f"{path}.content", "must not be empty"
        elif isinstance(message.content, str) and (problem := template_problem(message.content)):
            yield f"{path}.content", problem


def _problems_of_dataset(definition: Definition) -> Iterator[Problem]:
    dataset = definition.dataset
    if dataset == []:
        yield "dataset", "is empty: it must hold at least one item"
    if isinstance(dataset, str | DatasetSource):
        file = dataset if isinstance(dataset, str) else dataset.file
        if not file.strip():
            yield "dataset", "must be the path of a file, or a list of items"


def _problems_of_numbers(definition: Definition) -> Iterator[Problem]:
    if not 1 <= definition.epochs <= MOST_EPOCHS:
        yield "epochs", f"must be 1 to {MOST_EPOCHS:,}"
    for path in ("limit", "max_tokens", "looks"):
        value = getattr(definition, path)
        if value is not None and value < 1:
            yield path, "must be 1 or more"
    for index, k in enumerate(definition.pass_at):
        if not 1 <= k <= definition.epochs:
            yield f"pass_at[{index}]", f"must be 1 to the number of epochs, {definition.epochs}"
    for path in ("pass_threshold", "fail_below"):
        value = getattr(definition, path)
        if value is not None and not math.isfinite(value):
            yield path, "must be a finite number"
    if not 0 < definition.alpha < 1:
        yield "alpha", "must lie between 0 and 1, as 0.05"


def _problems_within(grader: AnyGrader, path: str, depth: int) -> Iterator[Problem]:
    if depth > DEEPEST:
        yield path, f"graders may be nested {DEEPEST} deep at most"
        return
    yield from grader_problems(grader, path)
    within = getattr(grader, "graders", {})
    keys = (
        [f".{key}" for key in within]
        if isinstance(within, dict)
        else [f"[{at}]" for at in range(len(within))]
    )
    for key, child in zip(keys, children(grader).values(), strict=True):
        yield from _problems_within(child, f"{path}.graders{key}", depth + 1)
