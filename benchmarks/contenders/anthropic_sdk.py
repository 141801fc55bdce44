"""Anthropic's own SDK, asynchronous."""

import argparse

import anthropic

from benchmarks.contenders.loop import REQUEST, main, run


async def contend(told: argparse.Namespace) -> None:
    """Call and forget."""
    async with anthropic.AsyncAnthropic(base_url=told.url, api_key="bench", max_retries=2) as client:

        async def call() -> None:
            await client.messages.create(**REQUEST)

        await run(call, told)


if __name__ == "__main__":
    main(contend)
