"""saq on Redis: a task a completion, one asynchronous client, the result in Redis."""

import os
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from saq import Queue

from benchmarks.contenders.loop import HEADERS, MARKED, REQUEST

IN_FLIGHT = int(os.environ.get("IN_FLIGHT", "10"))
# Each task in flight takes a connection, and redis-py's pool has 100 unless it is told otherwise.
queue = Queue.from_url(f"{os.environ['REDIS_URL']}?max_connections={2 * IN_FLIGHT + 20}")


async def start(context: dict[str, Any]) -> None:
    """Open the client."""
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    context["client"] = httpx.AsyncClient(transport=AiohttpTransport(client=session), headers=HEADERS)


async def stop(context: dict[str, Any]) -> None:
    """Close it."""
    await context["client"].aclose()


async def complete(context: dict[str, Any], *, marked: bool = False) -> dict[str, object]:
    """Call Claude; the result goes to Redis."""
    url = f"{os.environ['UPSTREAM']}/v1/messages"
    response = await context["client"].post(url, json=MARKED if marked else REQUEST)
    return dict(response.json())


settings = {
    "queue": queue,
    "functions": [complete],
    "concurrency": IN_FLIGHT,
    "startup": start,
    "shutdown": stop,
}
