"""Answers an exception in the shape of the dialect that was spoken to, and logs what was our own fault."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec
import structlog
from litestar import MediaType, Response

from api.connection import HttpRequest
from api.errors import Refusal, RefusedError, refusal_of
from api.request_id import request_id_of
from jobs.errors import StoreUnavailableError

Render = Callable[[Refusal, str], msgspec.Struct]
"""Makes the JSON body of an error out of what went wrong and the request's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorShape:
    """How errors look below one path; the longest prefix that fits wins."""

    prefix: str
    render: Render


class ErrorAnswers:
    """Litestar's exception handler for everything, unknown paths and methods included."""

    def __init__(self, shapes: Sequence[ErrorShape]) -> None:
        self._shapes = sorted(shapes, key=lambda shape: len(shape.prefix), reverse=True)
        self._log = structlog.get_logger("api")

    def __call__(self, request: HttpRequest, error: Exception) -> Response[bytes]:
        """Return the answer to `error` in the shape that fits the request's path."""
        request_id = request_id_of(request.scope)
        refusal = refusal_of(error)
        self._report(error, refusal, request_id)
        body = self._shape_for(request.scope["path"]).render(refusal, request_id)
        return Response(
            content=msgspec.json.encode(body),
            status_code=refusal.status,
            headers=dict(refusal.headers),
            media_type=MediaType.JSON,
        )

    def _shape_for(self, path: str) -> ErrorShape:
        return next(shape for shape in self._shapes if path.startswith(shape.prefix))

    def _report(self, error: Exception, refusal: Refusal, request_id: str) -> None:
        if isinstance(error, RefusedError):
            return  # Claude's word, or one of ours to a caller: nothing of this server's failed
        if refusal.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            self._log.error("request_failed", request_id=request_id, exc_info=error)
        elif isinstance(error, StoreUnavailableError):
            self._log.warning("store_unavailable", request_id=request_id, reason=str(error))
