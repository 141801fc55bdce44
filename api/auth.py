"""Who is calling: the one seam through which every endpoint learns its tenant."""

from api.connection import HttpRequest

ONLY_TENANT = "default"


async def tenant_of(request: HttpRequest) -> str:
    """Return the caller's tenant; keys in `x-api-key` and `Authorization` are taken and not yet looked at."""
    del request
    return ONLY_TENANT
