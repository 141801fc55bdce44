"""The floor: nothing but aiohttp and a decoded answer."""

import argparse
import json

import aiohttp

from benchmarks.contenders.loop import HEADERS, REQUEST, main, run


async def contend(told: argparse.Namespace) -> None:
    """Call, decode, forget."""
    url = f"{told.url}/v1/messages"
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:

        async def call() -> None:
            async with session.post(url, data=json.dumps(REQUEST)) as response:
                json.loads(await response.read())

        await run(call, told)


if __name__ == "__main__":
    main(contend)
