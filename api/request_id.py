"""Gives every request an id, sends it back in `request-id`, and logs the request under it."""

import time

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from jobs.ids import IdSource

REQUEST_PREFIX = "req_"
STATE_KEY = "request_id"


def request_id_of(scope: Scope) -> str:
    """Return the id that this request was given."""
    return str(scope.get("state", {}).get(STATE_KEY, ""))


class RequestIds:
    """The outermost layer of the app, so that no answer leaves without its id."""

    def __init__(self, app: ASGIApp, *, ids: IdSource) -> None:
        self._app = app
        self._ids = ids
        self._log = structlog.get_logger("api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = self._ids.make(REQUEST_PREFIX)
        scope.setdefault("state", {})[STATE_KEY] = request_id
        begun = time.perf_counter()
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"request-id", request_id.encode())]
                status = message["status"]
            await send(message)
            if message["type"] == "http.response.body":
                log()

        def log() -> None:
            """Log the request once, when its answer has begun to go out: nobody waits for the log."""
            nonlocal status
            if status is not None:
                ms = round((time.perf_counter() - begun) * 1000, 1)
                method, path = scope["method"], scope["path"]
                self._log.info(
                    "request", request_id=request_id, method=method, path=path, status=status, ms=ms
                )
                status = None

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            log()
