"""The floor of streams: aiohttp, split into events, each one's JSON decoded."""

import argparse
import json

import aiohttp

from benchmarks.contenders.loop import HEADERS, STREAMED, main, run
from benchmarks.standin import EVENTS


async def contend(told: argparse.Namespace) -> None:
    """Follow each stream to its end and count its events."""
    url = f"{told.url}/v1/messages"
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:

        async def call() -> None:
            rest, count = b"", 0
            async with session.post(url, data=json.dumps(STREAMED)) as response:
                async for block in response.content.iter_any():
                    *events, rest = (rest + block).split(b"\n\n")
                    for event in events:
                        json.loads(event.partition(b"data: ")[2])
                    count += len(events)
            if count != len(EVENTS):
                raise SystemExit(f"a stream had {count} events")

        await run(call, told)


if __name__ == "__main__":
    main(contend)
