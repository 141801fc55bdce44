"""An evaluation as it is told: a definition's text, its dataset's text, and what is changed for once."""

from collections.abc import Callable
from typing import Any

import msgspec

from evals.dataset.dataset import Dataset
from evals.dataset.read import inline_dataset, read_dataset
from evals.definition.definition import DatasetFormat, DatasetSource, Definition
from evals.definition.document import read_document
from evals.definition.read import definition_from, definition_of
from evals.errors import DefinitionError

GIVEN_NAME = "definition"


class DatasetText(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The file that a definition names as its dataset."""

    name: str
    """As the user would name it; its ending tells the format."""
    content: str


class Changes(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What one run has otherwise than its definition."""

    models: list[str] | None = None
    epochs: int | None = None
    limit: int | None = None
    seed: int | None = None
    fail_below: float | None = None
    cache: bool | None = None


class ToldEvaluation(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """All that makes a run."""

    definition: str | dict[str, Any]
    """A YAML or JSON file's text, or the object itself."""
    name: str = GIVEN_NAME
    """What messages call the definition, usually its file's name."""
    dataset: DatasetText | None = None
    """None where the items stand in the definition."""
    changes: Changes = Changes()


def definition_told(told: ToldEvaluation) -> Definition:
    """Return the definition as its author wrote it; raises DefinitionError."""
    if isinstance(told.definition, str):
        return definition_of(read_document(told.definition, told.name))
    return definition_from(told.definition, told.name)


def changed(definition: Definition, changes: Changes, name: str) -> Definition:
    """Return the definition as this run has it; raises DefinitionError for a change that cannot be."""
    wanted = {key: value for key, value in msgspec.to_builtins(changes).items() if value is not None}
    if not wanted:
        return definition
    document = msgspec.to_builtins(definition)
    if wanted.get("models"):
        document.pop("model", None)
    if wanted.get("epochs"):
        wanted["pass_at"] = [k for k in definition.pass_at if k <= wanted["epochs"]]
    return definition_from({**document, **wanted}, name)


def dataset_told(
    definition: Definition, told: ToldEvaluation, read: Callable[[str], DatasetText] | None = None
) -> Dataset:
    """Return the items; `read` fetches the file that the definition names, where it was not told along.

    Raises DatasetError, or DefinitionError where there is no file.
    """
    if isinstance(definition.dataset, list):
        text = told.definition
        lines = read_document(text, told.name).lines("dataset") if isinstance(text, str) else []
        return inline_dataset(definition.dataset, told.name, lines)
    source = definition.dataset
    if isinstance(source, str):
        source = DatasetSource(file=source)
    given = told.dataset
    if given is None and read is not None:
        given = read(source.file)
    if given is None:
        message = f"{source.file!r} is a file of yours: send its content along as `dataset`"
        raise DefinitionError(message, file=told.name, path="dataset")
    return read_dataset(
        given.content, given.name, dataset_format=DatasetFormat(source.format), id_field=source.id
    )
