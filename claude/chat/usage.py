"""Token counts in OpenAI's words."""

from typing import Any

from claude.answer import TokenUsage


def chat_usage(usage: TokenUsage, *, thinking_tokens: int | None = None) -> dict[str, Any]:
    """Translate usage: `prompt_tokens` is all that was read, from the cache or not.

    The two `cache_*_input_tokens` keep Claude's own names for those who count by them.
    """
    prompt = usage.input + usage.cache_write + usage.cache_read
    counted: dict[str, Any] = {
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt + usage.output,
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_creation_tokens": usage.cache_write,
        },
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
    }
    if thinking_tokens is not None:
        counted["completion_tokens_details"] = {"reasoning_tokens": thinking_tokens}
    return counted
