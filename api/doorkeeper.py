"""Lets requests in: with a good key or, while there are no keys, from programs of this machine alone."""

import math
from http import HTTPStatus

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from api.answering import ErrorAnswers
from api.auth import note_tenant, shown_key
from api.connection import HttpRequest
from api.errors import MalformedRequestError, Refusal, RefusedError
from api.keyring import Keyring
from api.locality import Locality, is_well_formed
from api.pace import Pace
from api.protocol import FAULT, MOST_HEAD_BYTES, Fault
from jobs.errors import PromptmillError
from jobs.tenant import DEFAULT_TENANT, Tenant

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""For those who look after the process; they say nothing of its tenants, and everything else needs a key."""
BUSY_RETRY_S = 1
CLOSE = {"connection": "close"}


class Doorkeeper:
    """An ASGI layer around the app, so that no path is without it, known or unknown, made today or later."""

    def __init__(
        self, app: ASGIApp, *, answers: ErrorAnswers, keyring: Keyring, locality: Locality | None, pace: Pace
    ) -> None:
        """`locality` judges requests while there are no keys; None where none are let in then."""
        self._app = app
        self._answers = answers
        self._keyring = keyring
        self._locality = locality
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        try:
            await self._admit(scope)
        except PromptmillError as error:
            request = HttpRequest(scope, receive, send)
            answer = self._answers(request, error).to_asgi_response(app=None, request=request)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _admit(self, scope: HTTPScope) -> None:
        _refuse_by_protocol(scope)
        if scope["path"] in OPEN_PATHS:
            return
        tenant = await self._tenant(scope)
        if wait_s := await self._pace.wait_s(tenant):
            raise RefusedError(_too_fast(tenant, wait_s))
        note_tenant(scope, tenant.name)

    async def _tenant(self, scope: HTTPScope) -> Tenant:
        if self._locality is not None and not await self._keyring.are_made():
            if fault := self._locality.fault(scope):
                raise RefusedError(_refusal(HTTPStatus.FORBIDDEN, "permission_error", fault))
            return await self._keyring.tenant(DEFAULT_TENANT)
        if not is_well_formed(scope):
            raise MalformedRequestError("the request names no host, in its host header, that can be one")
        if (shown := shown_key(scope["headers"])) is None:
            raise RefusedError(
                _unknown("a key is needed: send it as `x-api-key`, or as `Authorization: Bearer`")
            )
        if (tenant := await self._keyring.holder(shown)) is None:
            raise RefusedError(_unknown("this key is not known here, or it was revoked"))
        return tenant


def _refuse_by_protocol(scope: HTTPScope) -> None:
    match scope["state"].get(FAULT):
        case Fault.OVERDRAWN:
            message = "this server has as many connections as it takes; try again in a moment"
            kind, retry = "overloaded_error", {"retry-after": str(BUSY_RETRY_S)}
            raise RefusedError(_refusal(HTTPStatus.SERVICE_UNAVAILABLE, kind, message, {**CLOSE, **retry}))
        case Fault.OVERLONG:
            message = f"the request's head is larger than {MOST_HEAD_BYTES >> 10} KB"
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise RefusedError(_refusal(status, "invalid_request_error", message, CLOSE))
        case Fault.UPGRADES:
            message = "websockets are not spoken here; follow jobs and batches by server-sent events"
            raise RefusedError(_refusal(HTTPStatus.BAD_REQUEST, "invalid_request_error", message, CLOSE))


def _refusal(status: int, kind: str, message: str, headers: dict[str, str] | None = None) -> Refusal:
    return Refusal(status=int(status), type=kind, message=message, headers=headers or {})


def _unknown(message: str) -> Refusal:
    return _refusal(
        HTTPStatus.UNAUTHORIZED,
        "authentication_error",
        message,
        {"www-authenticate": 'Bearer realm="promptmill"'},
    )


def _too_fast(tenant: Tenant, wait_s: float) -> Refusal:
    wait = math.ceil(wait_s)
    return _refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "rate_limit_error",
        f"the tenant {tenant.name} may make {tenant.requests_per_minute} requests a minute here; "
        f"try again in {wait} s",
        {"retry-after": str(wait)},
    )
