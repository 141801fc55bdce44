"""Reads OpenAI's Evals wire format, an eval with a run's data source, as a definition of ours.

Source: OpenAI's API reference, "Evals": `POST /v1/evals` (`data_source_config`, `testing_criteria`) and
`POST /v1/evals/{id}/runs` (`data_source`). A file holds the eval with its run under `data_source` or `run`,
or with several under `runs`, of which the last counts.
"""

from dataclasses import dataclass, field
from typing import Any

from evals.definition.definition import Definition
from evals.definition.document import Document, read_document
from evals.definition.read import definition_of
from evals.errors import DefinitionError
from evals.item_schema import misfit_finder, schema_problem
from evals.openai.claude_model import claude_model
from evals.openai.criteria import graders_of
from evals.openai.texts import messages

JsonObject = dict[str, Any]
_TYPES = ("completions", "responses", "jsonl")
_LEFT_OUT = ("seed", "reasoning_effort", "tools", "response_format")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An eval of OpenAI's as ours."""

    definition: Definition
    file_id: str | None = None
    """The uploaded file that holds the items; the definition names it as its dataset."""
    warnings: list[str] = field(default_factory=list)
    """What has no counterpart and was left out."""


def import_eval(text: str, name: str, *, model: str | None = None) -> Imported:
    """Read a file; `model` is asked in place of OpenAI's. Raises DefinitionError with line and path."""
    document = read_document(text, name)
    if not isinstance(document.value, dict):
        raise document.error("", "an eval is an object with data_source_config and testing_criteria")
    return import_parts(document, document.value, *_data_source(document, document.value), model=model)


def check_eval(value: JsonObject, *, model: str | None = None) -> list[JsonObject]:
    """Check an eval that has no run yet and return its graders; raises DefinitionError."""
    document = Document(name="eval", text="", value=value)
    _check_config(document, value)
    return graders_of(value.get("testing_criteria"), document, "testing_criteria", model=model)


def import_parts(
    document: Document, value: JsonObject, source: JsonObject, path: str, *, model: str | None
) -> Imported:
    """Put an eval and a run's data source, found at `path`, together; raises DefinitionError."""
    kind = source.get("type")
    if kind not in _TYPES:
        raise document.error(f"{path}.type", f"must be one of {', '.join(_TYPES)}, not {kind!r}")
    _check_config(document, value)
    rows, file_id = _items(document, source, path, value)
    definition: JsonObject = {
        "name": value.get("name") or "imported eval",
        "dataset": rows if file_id is None else {"file": file_id, "format": "jsonl"},
        "graders": graders_of(value.get("testing_criteria"), document, "testing_criteria", model=model),
    }
    warnings: list[str] = []
    if kind != "jsonl":
        definition["model"] = claude_model(source.get("model"), document, f"{path}.model", stand_in=model)
        definition |= _asked(document, source, path, warnings)
    return Imported(definition=_checked(document, definition), file_id=file_id, warnings=warnings)


def _data_source(document: Document, value: JsonObject) -> tuple[JsonObject, str]:
    runs = value.get("runs")
    if isinstance(runs, list) and runs:
        holder, path = runs[-1], f"runs[{len(runs) - 1}].data_source"
    elif isinstance(value.get("run"), dict):
        holder, path = value["run"], "run.data_source"
    else:
        holder, path = value, "data_source"
    source = holder.get("data_source") if isinstance(holder, dict) else None
    if not isinstance(source, dict):
        raise document.error(path, "is missing: the eval has no run that says what to ask of which items")
    return source, path


def _check_config(document: Document, value: JsonObject) -> None:
    config = value.get("data_source_config")
    if not isinstance(config, dict):
        raise document.error("data_source_config", "is missing")
    kind = config.get("type")
    if kind != "custom":
        message = f"must be custom, not {kind!r}: there are no stored completions of OpenAI's here"
        raise document.error("data_source_config.type", message)
    schema = config.get("item_schema")
    if not isinstance(schema, dict):
        raise document.error("data_source_config.item_schema", "must be a JSON Schema")
    if problem := schema_problem(schema):
        raise document.error("data_source_config.item_schema", problem)


def _items(
    document: Document, source: JsonObject, path: str, value: JsonObject
) -> tuple[list[JsonObject], str | None]:
    held = source.get("source")
    kind = held.get("type") if isinstance(held, dict) else None
    if not isinstance(held, dict) or kind not in {"file_content", "file_id"}:
        raise document.error(f"{path}.source.type", f"must be file_content or file_id, not {kind!r}")
    if kind == "file_id":
        if not isinstance(held.get("id"), str):
            raise document.error(f"{path}.source.id", "must be the id of a file")
        return [], held["id"]
    rows = held.get("content")
    if not isinstance(rows, list) or not rows:
        raise document.error(f"{path}.source.content", "is empty: it must hold at least one item")
    misfit = misfit_finder(value["data_source_config"]["item_schema"])
    for at, row in enumerate(rows):
        item = row.get("item") if isinstance(row, dict) else None
        if not isinstance(item, dict):
            raise document.error(f"{path}.source.content[{at}]", "must be an object with an item")
        if problem := misfit(item):
            raise document.error(f"{path}.source.content[{at}].item", problem)
    return rows, None


def _asked(document: Document, source: JsonObject, path: str, warnings: list[str]) -> JsonObject:
    found: JsonObject = {}
    given = source.get("input_messages")
    kind = given.get("type") if isinstance(given, dict) else None
    if isinstance(given, dict) and kind == "item_reference":
        found["messages"] = str(given.get("item_reference"))
    elif isinstance(given, dict) and kind == "template":
        found["messages"] = messages(given.get("template"), document, f"{path}.input_messages.template")
    else:
        raise document.error(f"{path}.input_messages", "must be a template or an item_reference")
    sampling = source.get("sampling_params")
    if isinstance(sampling, dict):
        most = sampling.get("max_completion_tokens") or sampling.get("max_completions_tokens")
        found |= {"max_tokens": most} if most else {}
        found["parameters"] = _parameters(sampling)
        left_out = [name for name in _LEFT_OUT if sampling.get(name)]
        warnings += [f"sampling_params.{name} was left out: Claude has no counterpart" for name in left_out]
    return found


def _parameters(sampling: JsonObject) -> JsonObject:
    parameters = {name: sampling[name] for name in ("temperature", "top_p") if sampling.get(name) is not None}
    text = sampling.get("text")
    form = text.get("format") if isinstance(text, dict) else None
    if isinstance(form, dict) and form.get("type") == "json_schema":
        parameters["output_config"] = {"format": {"type": "json_schema", "schema": form.get("schema")}}
    return parameters


def _checked(document: Document, definition: JsonObject) -> Definition:
    """Check what came of it; a path of ours is named as it stands in OpenAI's file."""
    try:
        return definition_of(Document(name=document.name, text="", value=definition))
    except DefinitionError as error:
        path = error.path
        if path.startswith("graders"):
            theirs = {
                "target": "reference",
                "output": "input",
                "metric": "evaluation_metric",
                "messages": "input",
            }
            stem, _, last = path.replace("graders", "testing_criteria", 1).rpartition(".")
            path = f"{stem}.{theirs.get(last, last)}" if stem else last
        raise document.error(path, error.message) from None
