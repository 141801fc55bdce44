"""From a request to the endpoint that answers it, and from an error to its answer."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from sandbox import batches, complete, messages, model_info
from sandbox.admission import unhindered
from sandbox.checks import account_of, betas_of, too_large_page, version_of
from sandbox.control import control
from sandbox.errors import ApiError
from sandbox.exchange import Exchange
from sandbox.ledger import Call
from sandbox.parts import Caller, Parts
from sandbox.script import NOTHING, Plan

Endpoint = Callable[[Exchange, Parts, Caller], Awaitable[None]]
IdEndpoint = Callable[[Exchange, Parts, Caller, str], Awaitable[None]]

WITH_A_PROMPT: dict[tuple[str, str], Endpoint] = {
    ("POST", "/v1/messages"): messages.create,
    ("POST", "/v1/messages/count_tokens"): messages.count,
    ("POST", "/v1/complete"): complete.create,
}
PLAIN: dict[tuple[str, str], tuple[Endpoint, str]] = {
    ("GET", "/v1/models"): (model_info.list_models, "models"),
    ("GET", "/v1/messages/batches"): (batches.list_batches, "batches"),
    ("POST", "/v1/messages/batches"): (batches.create_batch, "batches"),
}
WITH_AN_ID: list[tuple[str, re.Pattern[str], IdEndpoint, str]] = [
    ("GET", re.compile(r"/v1/models/([^/]+)"), model_info.retrieve_model, "models"),
    ("GET", re.compile(r"/v1/messages/batches/([^/]+)"), batches.retrieve_batch, "batches"),
    ("DELETE", re.compile(r"/v1/messages/batches/([^/]+)"), batches.delete_batch, "batches"),
    ("POST", re.compile(r"/v1/messages/batches/([^/]+)/cancel"), batches.cancel_batch, "batches"),
    ("GET", re.compile(r"/v1/messages/batches/([^/]+)/results"), batches.batch_results, "batches"),
]
PATHS = frozenset(path for _, path in (*WITH_A_PROMPT, *PLAIN))
CONTROL = "/_sandbox/"


class Routes:
    """Answers every exchange of a sandbox."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def serve(self, exchange: Exchange) -> None:
        """Answer one exchange and keep its line in the ledger."""
        request = exchange.request
        if request.path.startswith(CONTROL):
            await control(exchange, self._parts)
            return
        call = self._parts.ledger.begin(request.method, request.path)
        exchange.common["request-id"] = request_id = self._parts.ids.request(call.sequence)
        try:
            await self._answer(exchange, call)
            if exchange.lost:
                await exchange.cut()
        except ApiError as error:
            exchange.respond(error.status, error.body(request_id), headers=error.headers)
        except asyncio.CancelledError:
            call.ended = "disconnected"
            raise
        finally:
            ended = "failed" if exchange.lost or not exchange.status else "finished"
            self._parts.ledger.end(call, exchange.status, ended if call.ended == "open" else call.ended)

    async def _answer(self, exchange: Exchange, call: Call) -> None:
        request = exchange.request
        if request.too_large:
            exchange.respond(413, too_large_page(), content_type="text/html")
            return
        caller = self._caller(exchange, call)
        if endpoint := WITH_A_PROMPT.get((request.method, request.path)):
            await endpoint(exchange, self._parts, caller)
        elif plain := PLAIN.get((request.method, request.path)):
            if await unhindered(self._parts, exchange, caller, plain[1]):
                await plain[0](exchange, self._parts, caller)
        else:
            await self._answer_with_id(exchange, caller)

    async def _answer_with_id(self, exchange: Exchange, caller: Caller) -> None:
        request = exchange.request
        known = request.path in PATHS
        for method, pattern, endpoint, limits in WITH_AN_ID:
            if (match := pattern.fullmatch(request.path)) is None:
                continue
            known = True
            if method == request.method:
                if await unhindered(self._parts, exchange, caller, limits):
                    await endpoint(exchange, self._parts, caller, match[1])
                return
        raise ApiError(405, "Method Not Allowed") if known else ApiError(404)

    def _caller(self, exchange: Exchange, call: Call) -> Caller:
        request = exchange.request
        call.key = account = account_of(request)
        exchange.common["anthropic-organization-id"] = f"org-{account}"
        exchange.common["anthropic-workspace-id"] = f"wrkspc_01{account}"
        call.version, call.beta = version_of(request), betas_of(request)
        directives = self._parts.scripts.directives(request.path) if self._parts.dials.now.scripts else []
        plan = Plan(directives) if directives else NOTHING
        return Caller(account=account, version=call.version, betas=call.beta, call=call, plan=plan)
