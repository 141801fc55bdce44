"""taskiq on Redis: a task a completion, one asynchronous client, the result in Redis."""

import os

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from taskiq_redis import ListQueueBroker, RedisAsyncResultBackend

from benchmarks.contenders.loop import HEADERS, MARKED, REQUEST

REDIS_URL = os.environ["REDIS_URL"]
broker = ListQueueBroker(REDIS_URL).with_result_backend(RedisAsyncResultBackend(REDIS_URL))
state: dict[str, httpx.AsyncClient] = {}


@broker.task
async def complete(*, marked: bool = False) -> dict[str, object]:
    """Call Claude; the result goes to the result backend."""
    if "client" not in state:
        session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        state["client"] = httpx.AsyncClient(transport=AiohttpTransport(client=session), headers=HEADERS)
    url = f"{os.environ['UPSTREAM']}/v1/messages"
    response = await state["client"].post(url, json=MARKED if marked else REQUEST)
    return dict(response.json())
