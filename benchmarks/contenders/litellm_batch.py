"""LiteLLM's `batch_completion`: a thread a call."""

import time

import litellm

from benchmarks.contenders.loop import REQUEST, arguments, cpu_s, report


def contend() -> None:
    """Hand in all prompts at once and wait."""
    told = arguments()
    litellm.suppress_debug_info = True

    def batch(count: int) -> None:
        litellm.batch_completion(
            model=f"anthropic/{REQUEST['model']}",
            messages=[REQUEST["messages"]] * count,
            max_tokens=64,
            api_base=told.url,
            api_key="bench",
            max_workers=told.in_flight,
        )

    batch(20)
    began, cpu = time.perf_counter(), cpu_s()
    batch(told.jobs)
    report(told.jobs, time.perf_counter() - began, cpu_s() - cpu)


if __name__ == "__main__":
    contend()
