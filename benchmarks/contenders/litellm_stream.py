"""`litellm.acompletion` with `stream=True`."""

import argparse

import litellm

from benchmarks.contenders.loop import REQUEST, main, run
from benchmarks.standin import WORDS


async def contend(told: argparse.Namespace) -> None:
    """Follow each stream to its end and count its words."""
    litellm.suppress_debug_info = True
    model = f"anthropic/{REQUEST['model']}"

    async def call() -> None:
        count = 0
        stream = await litellm.acompletion(
            model=model,
            messages=REQUEST["messages"],
            max_tokens=64,
            api_base=told.url,
            api_key="bench",
            num_retries=2,
            stream=True,
        )
        async for chunk in stream:
            count += bool(chunk.choices[0].delta.content)
        if count != WORDS:
            raise SystemExit(f"a stream had {count} words")

    await run(call, told)


if __name__ == "__main__":
    main(contend)
