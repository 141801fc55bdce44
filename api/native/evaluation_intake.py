"""The body of `POST /v1/evaluations/runs`: an evaluation with its items, and how it is to be run."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from api.body import JSON
from api.decoding import JsonDecoder, UndecodableError
from api.errors import MalformedRequestError
from evalruns.start import RunOptions
from evalruns.told import ToldEvaluation
from jobs.job import Priority
from jobs.webhooks.destination import LONGEST as LONGEST_URL


class SubmittedRun(ToldEvaluation, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A run as a caller hands it in."""

    priority: Priority = Priority.NORMAL
    max_cost: Annotated[float, msgspec.Meta(ge=0)] | None = None
    webhook: Annotated[str, msgspec.Meta(max_length=LONGEST_URL)] | None = None

    @property
    def options(self) -> RunOptions:
        """Return what is said beside what is asked."""
        return RunOptions(priority=self.priority, max_cost=self.max_cost, webhook=self.webhook)


_runs = JsonDecoder(SubmittedRun)


def read_run(body: memoryview) -> SubmittedRun:
    """Return what the body says; raises `MalformedRequestError`."""
    try:
        return _runs.decode(body)
    except UndecodableError as error:
        raise MalformedRequestError(
            f"{error.field}: {error.message}" if error.field else f"the body {error.message}"
        ) from None


NULL = OpenAPIType.NULL
RUN = Schema(
    title="SubmittedEvalRun",
    type=OpenAPIType.OBJECT,
    required=["definition"],
    additional_properties=False,
    properties={
        "definition": Schema(
            type=[OpenAPIType.STRING, OpenAPIType.OBJECT],
            description="As docs/evaluation.md describes it: a YAML or JSON file's text, or an object.",
        ),
        "name": Schema(type=OpenAPIType.STRING, description="What messages call the definition."),
        "dataset": Schema(
            type=[OpenAPIType.OBJECT, NULL],
            required=["name", "content"],
            additional_properties=False,
            description="The file that the definition names.",
            properties={
                "name": Schema(type=OpenAPIType.STRING),
                "content": Schema(type=OpenAPIType.STRING),
            },
        ),
        "changes": Schema(
            type=OpenAPIType.OBJECT,
            additional_properties=False,
            description="What this run has otherwise than the definition.",
            properties={
                "models": Schema(type=[OpenAPIType.ARRAY, NULL], items=Schema(type=OpenAPIType.STRING)),
                "epochs": Schema(type=[OpenAPIType.INTEGER, NULL]),
                "limit": Schema(type=[OpenAPIType.INTEGER, NULL]),
                "seed": Schema(type=[OpenAPIType.INTEGER, NULL]),
                "fail_below": Schema(type=[OpenAPIType.NUMBER, NULL]),
                "cache": Schema(type=[OpenAPIType.BOOLEAN, NULL]),
            },
        ),
        "priority": Schema(type=OpenAPIType.STRING, enum=[priority.value for priority in Priority]),
        "max_cost": Schema(type=[OpenAPIType.NUMBER, NULL], minimum=0, description="US dollars."),
        "webhook": Schema(
            type=[OpenAPIType.STRING, NULL],
            description="URL that is told when the run is graded, as `eval.run.ended` or `eval.run.worse`.",
        ),
    },
)


@dataclass
class StartRunOperation(Operation):
    """An operation that takes an evaluation with its items."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=RUN)})
