"""A host's addresses, looked up once and judged: what is connected to is what was judged."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import httpx

from jobs.webhooks.addresses import may_reach, parsed
from jobs.webhooks.destination import HOW_TO_ALLOW, WebhookRefusedError, check_url, spelled_out

Resolve = Callable[[str], Awaitable[list[str]]]
"""Returns the addresses of a host; raises `OSError`."""


async def system_addresses(host: str) -> list[str]:
    """Return the addresses that the operating system knows for `host`; raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


async def judged_addresses(
    text: str, resolve: Resolve, *, allows_inside: bool
) -> tuple[httpx.URL, list[str]]:
    """Return the URL in `text` and where its host is; raises `WebhookRefusedError`, `OSError`.

    A name with one address too many is refused as a whole: it is up to somebody else which one is taken.
    """
    url = check_url(text, allows_inside=allows_inside)
    host = url.raw_host.decode("ascii").strip("[]")
    literal = spelled_out(host)
    addresses = [str(literal)] if literal is not None else await resolve(host)
    for text_of_address in addresses:
        address = parsed(text_of_address)
        if address is None or not may_reach(address, allows_inside=allows_inside):
            # Which address it is stays here: names of a private network are nobody else's business.
            raise WebhookRefusedError(f"its host leads to an address that is not public; {HOW_TO_ALLOW}")
    return url, addresses
