"""`httpx.AsyncClient` on aiohttp's transport, and a decoded answer."""

import argparse
import json

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from benchmarks.contenders.loop import HEADERS, REQUEST, main, run


async def contend(told: argparse.Namespace) -> None:
    """Call, decode, forget."""
    url = f"{told.url}/v1/messages"
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    async with httpx.AsyncClient(transport=AiohttpTransport(client=session), headers=HEADERS) as client:

        async def call() -> None:
            json.loads((await client.post(url, content=json.dumps(REQUEST))).content)

        await run(call, told)


if __name__ == "__main__":
    main(contend)
