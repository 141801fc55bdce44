"""The body of `PATCH /v1/batches/{id}`: what can be changed about a batch that runs."""

from dataclasses import dataclass
from typing import Annotated

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType

from api.body import JSON, media_type_of, spooled
from api.connection import HttpRequest
from api.decoding import JsonDecoder, UndecodableError
from api.errors import MalformedRequestError

LONGEST_CHANGE = 64 * 1024  # bytes


class BatchChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change of a batch."""

    max_cost: Annotated[float, msgspec.Meta(ge=0)] | None
    """US dollars; null: no limit."""


_changes = JsonDecoder(BatchChange)


async def read_change(request: HttpRequest) -> BatchChange:
    """Return the change in the body; raises `MalformedRequestError`."""
    media_type_of(request, JSON)
    async with spooled(request, limit=LONGEST_CHANGE) as spool:
        try:
            return _changes.decode(spool.whole())
        except UndecodableError as error:
            raise MalformedRequestError(
                f"{error.field}: {error.message}" if error.field else f"the body {error.message}"
            ) from None


@dataclass
class ChangeOperation(Operation):
    """An operation that takes a change as JSON."""

    def __post_init__(self) -> None:
        """Add the body, which the endpoint reads by hand."""
        change = Schema(
            title="BatchChange",
            type=OpenAPIType.OBJECT,
            required=["max_cost"],
            additional_properties=False,
            properties={
                "max_cost": Schema(
                    type=[OpenAPIType.NUMBER, OpenAPIType.NULL],
                    minimum=0,
                    description="US dollars: once the batch has cost as much, no job of it is started.",
                )
            },
        )
        self.request_body = RequestBody(required=True, content={JSON: OpenAPIMediaType(schema=change)})
