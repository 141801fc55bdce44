"""OpenAI's six graders, from `testing_criteria`, as graders of ours.

Source: OpenAI's API reference, "Graders", and its guide of that name: `string_check`, `text_similarity`,
`label_model`, `score_model`, `python`, `multi`.
"""

from collections.abc import Callable
from typing import Any

from evals.definition.document import Document
from evals.openai.claude_model import claude_model
from evals.openai.texts import messages, template

JsonObject = dict[str, Any]

_OPERATIONS: dict[str, JsonObject] = {
    "eq": {"type": "exact", "strip": False},
    "ne": {"type": "exact", "strip": False, "negate": True},
    "like": {"type": "includes"},
    "ilike": {"type": "includes", "ignore_case": True},
}


def graders_of(criteria: object, document: Document, path: str, *, model: str | None) -> list[JsonObject]:
    """Return the graders of an eval; `model` stands in for models that are not Claude's.

    Raises DefinitionError with the path of what cannot be taken over.
    """
    if not isinstance(criteria, list) or not criteria:
        raise document.error(path, "must be a list of at least one grader")
    return [_grader(one, document, f"{path}[{at}]", model) for at, one in enumerate(criteria)]


def _grader(criterion: object, document: Document, path: str, model: str | None) -> JsonObject:
    if not isinstance(criterion, dict):
        raise document.error(path, "must be an object with a type")
    make = _MAKERS.get(str(criterion.get("type")))
    if make is None:
        known = ", ".join(sorted(_MAKERS))
        raise document.error(f"{path}.type", f"unknown grader {criterion.get('type')!r}, there are {known}")
    found = make(criterion, document, path, model)
    name = str(criterion.get("name") or "").replace("/", "-").replace(":", "-")
    found["name"] = name[:64]
    if criterion.get("pass_threshold") is not None:
        found["pass_threshold"] = criterion["pass_threshold"]
    return found


def _text(criterion: JsonObject, field: str, document: Document, path: str) -> str:
    value = criterion.get(field)
    if not isinstance(value, str):
        problem = "is missing" if value is None else "must be text"
        raise document.error(f"{path}.{field}", problem)
    return value


def _string_check(criterion: JsonObject, document: Document, path: str, _: str | None) -> JsonObject:
    operation = _text(criterion, "operation", document, path)
    if operation not in _OPERATIONS:
        raise document.error(f"{path}.operation", f"must be eq, ne, like or ilike, not {operation!r}")
    return {**_OPERATIONS[operation], **_compared(criterion, document, path)}


def _compared(criterion: JsonObject, document: Document, path: str) -> JsonObject:
    return {
        "output": template(_text(criterion, "input", document, path)),
        "target": template(_text(criterion, "reference", document, path)),
    }


def _text_similarity(criterion: JsonObject, document: Document, path: str, _: str | None) -> JsonObject:
    metric = _text(criterion, "evaluation_metric", document, path)
    return {"type": "similarity", "metric": metric, **_compared(criterion, document, path)}


def _label_model(criterion: JsonObject, document: Document, path: str, model: str | None) -> JsonObject:
    return {
        **_asked(criterion, document, path, model),
        "labels": criterion.get("labels"),
        "passing_labels": criterion.get("passing_labels"),
    }


def _score_model(criterion: JsonObject, document: Document, path: str, model: str | None) -> JsonObject:
    return {**_asked(criterion, document, path, model), "range": criterion.get("range") or [0, 1]}


def _asked(criterion: JsonObject, document: Document, path: str, model: str | None) -> JsonObject:
    found: JsonObject = {
        "type": "model",
        "model": claude_model(criterion.get("model"), document, f"{path}.model", stand_in=model),
        "messages": messages(criterion.get("input"), document, f"{path}.input"),
    }
    sampling = criterion.get("sampling_params")
    most = sampling.get("max_completions_tokens") if isinstance(sampling, dict) else None
    return {**found, "max_tokens": most} if most is not None else found


def _python(criterion: JsonObject, document: Document, path: str, _: str | None) -> JsonObject:
    return {"type": "python", "source": _text(criterion, "source", document, path)}


def _multi(criterion: JsonObject, document: Document, path: str, model: str | None) -> JsonObject:
    graders = criterion.get("graders")
    if isinstance(graders, list):
        graders = {str(one.get("name")): one for one in graders if isinstance(one, dict)}
    elif isinstance(graders, dict) and isinstance(graders.get("type"), str):
        graders = {str(graders.get("name")): graders}
    if not isinstance(graders, dict) or not graders:
        raise document.error(f"{path}.graders", "must be an object of graders by name")
    return {
        "type": "multi",
        "graders": {
            name: _grader(one, document, f"{path}.graders.{name}", model) for name, one in graders.items()
        },
        "calculate_output": _text(criterion, "calculate_output", document, path),
    }


_MAKERS: dict[str, Callable[[JsonObject, Document, str, str | None], JsonObject]] = {
    "string_check": _string_check,
    "text_similarity": _text_similarity,
    "label_model": _label_model,
    "score_model": _score_model,
    "python": _python,
    "multi": _multi,
}
