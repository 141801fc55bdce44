"""Lets OpenAI's clients in: their paths lead to `/openai/v1`, where the other dialects are not in the way."""

import re

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from api.request_id import request_id_of

PREFIX = "/openai"
OURS_ALONE = re.compile(r"/v1/(chat/completions|(files|evals)(/.*)?)")
SHARED_WITH_NATIVE = re.compile(r"/v1/batches(/.*)?")
SHARED_WITH_ANTHROPIC = re.compile(r"/v1/models(/.*)?")


class OpenAIDoorway:
    """Rewrites the paths of OpenAI's dialect, and answers there with the header its clients look for.

    `docs/decisions/0004-openai-addresses.md` says which request is taken for whose.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        if not scope["path"].startswith(f"{PREFIX}/"):
            if not _is_openai(scope["path"], {name for name, _ in scope["headers"]}):
                await self._app(scope, receive, send)
                return
            raw_path = PREFIX.encode() + scope["raw_path"]
            scope = {**scope, "path": PREFIX + scope["path"], "raw_path": raw_path}
        request_id = request_id_of(scope)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode())]
            await send(message)

        await self._app(scope, receive, send_with_id)


def _is_openai(path: str, headers: set[bytes]) -> bool:
    if OURS_ALONE.fullmatch(path) or SHARED_WITH_ANTHROPIC.fullmatch(path):
        return b"anthropic-version" not in headers
    if SHARED_WITH_NATIVE.fullmatch(path):
        return b"x-stainless-lang" in headers and b"anthropic-version" not in headers
    return False
