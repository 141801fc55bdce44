"""`POST /v1/complete`: the legacy Text Completions, for clients that still speak them."""

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
    "/v1/complete",
    status_code=200,
    tags=["completions"],
    summary="Complete a legacy prompt",
    operation_class=CallOperation,
    responses=refusals(ErrorBody, CALLING),
)
async def complete(
    request: HttpRequest, calls: GivenCalls, store: GivenStore, tenant: GivenTenant
) -> Response[bytes] | Stream:
    """Return a completion, or its events; the job is canceled if the caller hangs up."""
    answerer = Answerer(calls=calls, store=store, request=request, tenant=tenant)
    return await answerer.answer(await read_call(request, Dialect.COMPLETE))
