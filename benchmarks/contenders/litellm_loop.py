"""`litellm.acompletion`, so many at a time."""

import argparse

import litellm

from benchmarks.contenders.loop import REQUEST, main, run


async def contend(told: argparse.Namespace) -> None:
    """Call and forget."""
    litellm.suppress_debug_info = True
    model = f"anthropic/{REQUEST['model']}"

    async def call() -> None:
        await litellm.acompletion(
            model=model,
            messages=REQUEST["messages"],
            max_tokens=64,
            api_base=told.url,
            api_key="bench",
            num_retries=2,
        )

    await run(call, told)


if __name__ == "__main__":
    main(contend)
