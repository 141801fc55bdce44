"""`/openai/v1/chat/completions`, as the official SDK calls it."""

from litestar import Response, post
from litestar.response import Stream

from api.connection import HttpRequest
from api.given import GivenCalls, GivenStore, GivenTenant
from api.intake import read_call
from api.openai.answers import ChatAnswerer
from api.openai.errors import ErrorBody
from api.openai.operation import ChatOperation
from api.openapi import SUBMITTING, refusals
from claude.dialect import Dialect


@post(
    "/openai/v1/chat/completions",
    status_code=200,
    tags=["openai"],
    summary="Create a chat completion",
    operation_class=ChatOperation,
    responses=refusals(ErrorBody, SUBMITTING),
)
async def create_chat_completion(
    request: HttpRequest, calls: GivenCalls, store: GivenStore, tenant: GivenTenant
) -> Response[bytes] | Stream:
    """Return Claude's answer in OpenAI's format, whole or as a stream; it is a job like any other."""
    call = await read_call(request, Dialect.CHAT)
    return await ChatAnswerer(calls=calls, store=store, request=request, tenant=tenant).answer(call)
