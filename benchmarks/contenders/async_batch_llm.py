"""async-batch-llm around Anthropic's own SDK, as its guide for existing clients has it."""

import argparse
import time

import anthropic
from async_batch_llm import ArtifactIdentity, CallableStrategy, CallOutcome, ProcessorConfig, process_stream

from benchmarks.contenders.loop import PROMPT, REQUEST, cpu_s, main, report


async def contend(told: argparse.Namespace) -> None:
    """Hand in all prompts, take the results as they come."""
    async with anthropic.AsyncAnthropic(base_url=told.url, api_key="bench", max_retries=0) as client:

        async def invoke(_prompt: str, **_about: object) -> CallOutcome[str]:
            answer = await client.messages.create(**REQUEST)
            used = answer.usage
            return CallOutcome(
                answer.content[0].text,
                token_usage={
                    "input_tokens": used.input_tokens,
                    "output_tokens": used.output_tokens,
                    "total_tokens": used.input_tokens + used.output_tokens,
                },
            )

        identity = ArtifactIdentity(provider="anthropic", model=str(REQUEST["model"]))
        strategy = CallableStrategy(invoke, identity=identity)

        async def batch(count: int) -> None:
            config = ProcessorConfig(concurrency=told.in_flight)
            prompts = ((str(number), PROMPT) for number in range(count))
            results = [each async for each in process_stream(strategy, prompts, config=config)]
            if failed := [each for each in results if not each.success]:
                raise SystemExit(f"{len(failed)} prompts failed: {failed[0].error}")

        await batch(min(told.in_flight, 50))
        began, cpu = time.perf_counter(), cpu_s()
        await batch(told.jobs)
        report(told.jobs, time.perf_counter() - began, cpu_s() - cpu)


if __name__ == "__main__":
    main(contend)
