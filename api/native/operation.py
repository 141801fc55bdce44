"""The request bodies of `POST /v1/jobs` in the OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from api.body import JSON, NDJSON
from claude.dialect import Dialect
from jobs.job import Priority

JOB = Schema(
    title="SubmittedJob",
    type=OpenAPIType.OBJECT,
    required=["request"],
    additional_properties=False,
    properties={
        "request": Schema(
            type=OpenAPIType.OBJECT,
            description="The body that the API of its format takes; kept and sent exactly as it is.",
        ),
        "custom_id": Schema(
            type=OpenAPIType.STRING,
            min_length=1,
            max_length=256,
            description="Your name for the job, unique within its batch.",
        ),
        "format": Schema(
            type=OpenAPIType.STRING,
            enum=[dialect.value for dialect in Dialect],
            description="Recognised from the request where it is missing.",
        ),
        "priority": Schema(type=OpenAPIType.STRING, enum=[priority.value for priority in Priority]),
        "max_failures": Schema(type=OpenAPIType.INTEGER, minimum=1, maximum=1000),
        "max_time_s": Schema(
            type=OpenAPIType.NUMBER,
            exclusive_minimum=0,
            description="Seconds after its first start for which the job is tried again.",
        ),
        "expires_in_s": Schema(
            type=OpenAPIType.NUMBER,
            exclusive_minimum=0,
            description="Seconds from its submission, or `run_at`, after which it expires.",
        ),
        "run_at": Schema(
            type=OpenAPIType.STRING, format=OpenAPIFormat.DATE_TIME, description="Not before this time."
        ),
    },
)


@dataclass
class SubmitOperation(Operation):
    """An operation that takes one job as JSON, or one a line as NDJSON."""

    def __post_init__(self) -> None:
        """Add the bodies, which the endpoint reads by hand."""
        lines = Schema(type=OpenAPIType.STRING, description="One SubmittedJob a line.")
        self.request_body = RequestBody(
            required=True,
            content={JSON: OpenAPIMediaType(schema=JOB), NDJSON: OpenAPIMediaType(schema=lines)},
        )
