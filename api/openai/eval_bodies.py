"""The bodies of OpenAI's evals, checked field by field."""

from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from api.body import JSON
from api.decoding import JsonDecoder, UndecodableError
from api.openai.errors import ParameterError
from evals.definition.document import Document
from evals.errors import DefinitionError
from evals.openai.read import Imported, check_eval, import_parts

LONGEST_NAME = 200  # characters
T = TypeVar("T")


class NewEval(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a new eval."""

    data_source_config: dict[str, Any]
    testing_criteria: list[dict[str, Any]]
    name: str | None = None
    metadata: dict[str, str] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {"data_source_config": self.data_source_config, "testing_criteria": self.testing_criteria}


class EvalChange(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a change."""

    name: str | None = None
    metadata: dict[str, str] | None = None


class NewRun(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a new run."""

    data_source: dict[str, Any]
    name: str | None = None
    metadata: dict[str, str] | None = None


_evals, _changes, _runs = JsonDecoder(NewEval), JsonDecoder(EvalChange), JsonDecoder(NewRun)


def read_eval(body: memoryview) -> NewEval:
    """Return what the body says; raises `ParameterError` naming the first field that is wrong."""
    new = _read(_evals, body)
    try:
        check_eval({"name": new.name, **new.config})
    except DefinitionError as error:
        raise _refused(error) from None
    _check_name(new.name)
    return new


def read_change(body: memoryview) -> EvalChange:
    """Return what the body says; raises `ParameterError`."""
    change = _read(_changes, body)
    _check_name(change.name)
    return change


def read_run(body: memoryview) -> NewRun:
    """Return what the body says; raises `ParameterError`."""
    return _read(_runs, body)


def imported(name: str, config: dict[str, Any], run: NewRun) -> Imported:
    """Return the eval and the run as a definition of ours; raises `ParameterError`."""
    value = {"name": name, **config}
    document = Document(name="eval", text="", value={**value, "data_source": run.data_source})
    try:
        return import_parts(document, value, run.data_source, "data_source", model=None)
    except DefinitionError as error:
        raise _refused(error) from None


def _read(decoder: JsonDecoder[T], body: memoryview) -> T:
    try:
        return decoder.decode(body)
    except UndecodableError as error:
        raise ParameterError(error.field, f"{error.field}: {error.message}".removeprefix(": ")) from None


def _refused(error: DefinitionError) -> ParameterError:
    return ParameterError(error.path, f"{error.path}: {error.message}".removeprefix(": "))


def _check_name(name: str | None) -> None:
    if name is not None and (len(name) > LONGEST_NAME or not name.isprintable()):
        raise ParameterError("name", f"name: must be up to {LONGEST_NAME} printable characters")


def _schema(title: str, *required: str) -> Schema:
    objects = {name: Schema(type=OpenAPIType.OBJECT) for name in required if name != "testing_criteria"}
    lists = {
        name: Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.OBJECT))
        for name in required
        if name == "testing_criteria"
    }
    texts = {
        "name": Schema(type=[OpenAPIType.STRING, OpenAPIType.NULL]),
        "metadata": Schema(
            type=[OpenAPIType.OBJECT, OpenAPIType.NULL],
            additional_properties=Schema(type=OpenAPIType.STRING),
        ),
    }
    properties: dict[str, Reference | Schema] = {**objects, **lists, **texts}
    return Schema(title=title, type=OpenAPIType.OBJECT, required=[*required], properties=properties)


@dataclass
class NewEvalOperation(Operation):
    """An operation that takes an eval."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        schema = _schema("NewEval", "data_source_config", "testing_criteria")
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=schema)})


@dataclass
class ChangeEvalOperation(Operation):
    """An operation that takes a change of an eval."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        schema = _schema("EvalChange")
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=schema)})


@dataclass
class NewRunOperation(Operation):
    """An operation that takes a run."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        schema = _schema("NewEvalRun", "data_source")
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=schema)})
