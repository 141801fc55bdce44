"""From what the user names to an evaluation that can be sent: files are read here, and checked before."""

import re
from pathlib import Path
from typing import Any

import msgspec

from evalruns.told import Changes, DatasetText, ToldEvaluation, changed, dataset_told, definition_told
from evals.definition.definition import Definition
from evals.definition.document import read_document
from evals.errors import DefinitionError
from evals.plan import Plan, plan
from promptmill.errors import InputError

FLAGS = "the flags"
"""What messages call a definition that was put together from them."""
_SHORT_GRADER = re.compile(r"(?P<type>\w+)(?:=(?P<target>.*))?", re.DOTALL)
_TARGETS = {"regex": "pattern", "python": "source", "model": "rubric"}


def told_by_file(path: str, changes: Changes) -> ToldEvaluation:
    """Read a definition and, beside it, its dataset; raises InputError, DefinitionError."""
    told = ToldEvaluation(definition=read_text(Path(path)), name=path, changes=changes)
    return _with_dataset(told, Path(path).parent)


def told_by_flags(definition: dict[str, Any], changes: Changes) -> ToldEvaluation:
    """Take a definition from flags; its dataset is read from here. Raises InputError, DefinitionError."""
    told = ToldEvaluation(definition=definition, name=FLAGS, changes=changes)
    return _with_dataset(told, Path())


def checked(told: ToldEvaluation) -> Plan:
    """Make the run's plan here, so that what is wrong is told before anything is sent.

    Raises DefinitionError and DatasetError with line and path.
    """
    definition = changed(definition_told(told), told.changes, told.name)
    return plan(definition, dataset_told(definition, told))


def grader_of(text: str) -> dict[str, Any]:
    """Read a `--grader`: `number={{ item.answer }}`, `refusal`, or an object in JSON; raises InputError."""
    if text.lstrip().startswith("{"):
        try:
            return msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise InputError(f"--grader: not an object in JSON: {error}") from None
    found = _SHORT_GRADER.fullmatch(text)
    if found is None:
        raise InputError(f"--grader: write TYPE, TYPE=TARGET, or an object in JSON, not {text!r}")
    kind, target = found["type"], found["target"]
    return {"type": kind} if target is None else {"type": kind, _TARGETS.get(kind, "target"): target}


def read_text(path: Path) -> str:
    """Return a file's text; raises InputError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def _with_dataset(told: ToldEvaluation, folder: Path) -> ToldEvaluation:
    definition = definition_told(told)
    if isinstance(definition.dataset, list):
        return told
    file = definition.dataset if isinstance(definition.dataset, str) else definition.dataset.file
    path = folder / file
    if not path.is_file():
        raise _no_dataset(told, definition, path)
    return msgspec.structs.replace(told, dataset=DatasetText(name=str(path), content=read_text(path)))


def _no_dataset(told: ToldEvaluation, definition: Definition, path: Path) -> DefinitionError:
    field = "dataset" if isinstance(definition.dataset, str) else "dataset.file"
    message = f"there is no file {path}"
    if not isinstance(told.definition, str):
        return DefinitionError(message, file=told.name, path=field)
    return read_document(told.definition, told.name).error(field, message)
