"""The request body of a batch creation in the OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from api.anthropic.envelope import CUSTOM_ID_PATTERN, MOST_REQUESTS
from api.body import JSON

REQUEST = Schema(
    title="BatchedRequest",
    type=OpenAPIType.OBJECT,
    required=["custom_id", "params"],
    additional_properties=False,
    properties={
        "custom_id": Schema(type=OpenAPIType.STRING, pattern=CUSTOM_ID_PATTERN),
        "params": Schema(type=OpenAPIType.OBJECT, description="The body of a Messages request."),
    },
)


@dataclass
class CreateOperation(Operation):
    """An operation that takes a batch."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        batch = Schema(
            title="NewMessageBatch",
            type=OpenAPIType.OBJECT,
            required=["requests"],
            additional_properties=False,
            properties={
                "requests": Schema(
                    type=OpenAPIType.ARRAY, items=REQUEST, min_items=1, max_items=MOST_REQUESTS
                )
            },
        )
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=batch)})


@dataclass
class CallOperation(Operation):
    """An operation that takes the body of a call, which is Claude's to judge."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        call = Schema(
            title="ClaudeRequest",
            type=OpenAPIType.OBJECT,
            required=["model"],
            properties={"model": Schema(type=OpenAPIType.STRING)},
            description="The body that Claude's API takes; sent exactly as it is.",
        )
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=call)})
