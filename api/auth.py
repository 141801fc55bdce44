"""Who is calling: the one seam through which every endpoint learns its tenant."""

from collections.abc import Iterable

from litestar.types import HTTPScope

from api.connection import HttpRequest

STATE_KEY = "tenant"
KEY_HEADER = b"x-api-key"
BEARER = "bearer "


async def tenant_of(request: HttpRequest) -> str:
    """Return the caller's tenant, as `api.doorkeeper` has found it out before anything else was done."""
    tenant: str = request.scope["state"][STATE_KEY]
    return tenant


def note_tenant(scope: HTTPScope, tenant: str) -> None:
    """Note whose request this is."""
    scope["state"][STATE_KEY] = tenant


def shown_key(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """Return the key in `x-api-key` or, where there is none, in `Authorization: Bearer`."""
    named = dict(headers)
    if key := named.get(KEY_HEADER, b"").strip():
        return key.decode("latin-1")
    authorization = named.get(b"authorization", b"").decode("latin-1")
    if authorization[: len(BEARER)].lower() == BEARER:
        return authorization[len(BEARER) :].strip() or None
    return None
