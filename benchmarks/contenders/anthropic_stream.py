"""Anthropic's own SDK, streaming as its README does it."""

import argparse

import anthropic

from benchmarks.contenders.loop import REQUEST, main, run
from benchmarks.standin import EVENTS


async def contend(told: argparse.Namespace) -> None:
    """Follow each stream to its end and count its events."""
    async with anthropic.AsyncAnthropic(base_url=told.url, api_key="bench", max_retries=2) as client:

        async def call() -> None:
            count = 0
            async for _event in await client.messages.create(**REQUEST, stream=True):
                count += 1
            if count != len(EVENTS):
                raise SystemExit(f"a stream had {count} events")

        await run(call, told)


if __name__ == "__main__":
    main(contend)
