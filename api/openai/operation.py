"""The request bodies of OpenAI's dialect in the OpenAPI document."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, Operation, Reference, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from api.body import JSON
from api.openai.form import FORM
from api.openai.upload import LEAST_LIFE_S, LONGEST_LIFE_S, PURPOSES

ANCHORED: dict[str, Reference | Schema] = {
    "anchor": Schema(type=OpenAPIType.STRING, enum=["created_at"]),
    "seconds": Schema(type=OpenAPIType.INTEGER, minimum=LEAST_LIFE_S, maximum=LONGEST_LIFE_S),
}

FILE = Schema(
    title="OpenAIUpload",
    type=OpenAPIType.OBJECT,
    required=["purpose", "file"],
    properties={
        "purpose": Schema(type=OpenAPIType.STRING, enum=[*PURPOSES]),
        "expires_after[anchor]": ANCHORED["anchor"],
        "expires_after[seconds]": ANCHORED["seconds"],
        "file": Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY),
    },
)

BATCH = Schema(
    title="NewOpenAIBatch",
    type=OpenAPIType.OBJECT,
    required=["input_file_id", "endpoint", "completion_window"],
    additional_properties=False,
    properties={
        "input_file_id": Schema(type=OpenAPIType.STRING),
        "endpoint": Schema(type=OpenAPIType.STRING, enum=["/v1/chat/completions", "/v1/messages"]),
        "completion_window": Schema(type=OpenAPIType.STRING, examples=["24h"]),
        "metadata": Schema(type=OpenAPIType.OBJECT, additional_properties=Schema(type=OpenAPIType.STRING)),
        "output_expires_after": Schema(
            type=OpenAPIType.OBJECT, required=["anchor", "seconds"], properties=ANCHORED
        ),
    },
)

CHAT = Schema(
    title="ChatCompletionRequest",
    type=OpenAPIType.OBJECT,
    required=["model", "messages"],
    properties={
        "model": Schema(type=OpenAPIType.STRING),
        "messages": Schema(type=OpenAPIType.ARRAY, items=Schema(type=OpenAPIType.OBJECT), min_items=1),
        "stream": Schema(type=OpenAPIType.BOOLEAN),
    },
)


@dataclass
class UploadOperation(Operation):
    """An operation that takes a form with a file."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        self.request_body = RequestBody(required=True, content={FORM: OpenAPIMediaType(schema=FILE)})


@dataclass
class CreateBatchOperation(Operation):
    """An operation that takes the description of a batch."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=BATCH)})


@dataclass
class ChatOperation(Operation):
    """An operation that takes a chat request."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=CHAT)})
