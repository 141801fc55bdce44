"""`POST /v1/messages/count_tokens`: counted by Claude's API, which does not charge for it."""

import asyncio

from litestar import MediaType, Response, post

from api.anthropic.errors import ErrorBody
from api.anthropic.operation import CallOperation
from api.body import JSON, media_type_of, spooled
from api.connection import HttpRequest
from api.given import GivenRelay
from api.intake import CALL_BYTES
from api.openapi import RELAYED, refusals
from api.submission import kept_headers


@post(
    "/v1/messages/count_tokens",
    status_code=200,
    tags=["messages"],
    summary="Count the tokens of a message",
    operation_class=CallOperation,
    responses=refusals(ErrorBody, RELAYED),
)
async def count_tokens(request: HttpRequest, relay: GivenRelay) -> Response[bytes]:
    """Return how many input tokens the request has, as Claude's API counts them."""
    media_type_of(request, JSON)
    async with spooled(request, limit=CALL_BYTES) as spool:
        body = await asyncio.to_thread(lambda: bytes(spool.whole()))
    return Response(await relay.count_tokens(body, kept_headers(request)), media_type=MediaType.JSON)
