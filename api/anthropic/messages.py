"""`POST /v1/messages`: a call to Claude that is a job, answered as Claude's API answers it."""

from litestar import Response, post
from litestar.response import Stream

from api.anthropic.answers import Answerer
from api.anthropic.errors import ErrorBody
from api.anthropic.operation import CallOperation
from api.connection import HttpRequest
from api.given import GivenCalls, GivenStore, GivenTenant
from api.intake import read_call
from api.openapi import CALLING, refusals
from claude.dialect import Dialect


@post(
    "/v1/messages",
    status_code=200,
    tags=["messages"],
    summary="Create a message",
    operation_class=CallOperation,
    responses=refusals(ErrorBody, CALLING),
)
async def create_message(
    request: HttpRequest, calls: GivenCalls, store: GivenStore, tenant: GivenTenant
) -> Response[bytes] | Stream:
    """Return Claude's message, or its events; the job is canceled if the caller hangs up."""
    answerer = Answerer(calls=calls, store=store, request=request, tenant=tenant)
    return await answerer.answer(await read_call(request, Dialect.MESSAGES))
