"""What OpenAI has and Claude has not: left out where that does no harm, else refused."""

from claude.reader import Reader

TRANSLATED = frozenset(
    {
        *("model", "messages", "stream", "stream_options", "max_tokens", "max_completion_tokens"),
        *("temperature", "top_p", "top_k", "stop", "user", "safety_identifier", "metadata"),
        *("tools", "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort", "thinking"),
        *("n", "functions", "function_call", "modalities", "service_tier", "output_config"),
        *(
            "cache_control",
            "container",
            "context_management",
            "inference_geo",
            "mcp_servers",
            "speed",
            "system",
        ),
        "drop_params",
    }
)
"""Fields that are dealt with elsewhere."""

WITHOUT_EFFECT = frozenset(
    {"store", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "extra_headers"}
)
"""Fields that do not bear on the answer; nobody need be told."""


def refuse_what_changes_the_result(request: Reader) -> None:
    """Refuse what the caller would miss in the answer."""
    count = request.count("n")
    if count is not None and count > 1:
        request.refuse("n", "must be 1: Claude gives one answer a request; submit the request several times")
    for name in ("functions", "function_call"):
        if request.fields.get(name) not in (None, "none", []):
            request.refuse(name, "is no longer spoken: give tools and tool_choice instead")
    if request.has("system"):
        request.refuse("system", "is no field of the chat format: give a system message instead")
    if "audio" in (request.items("modalities") or []):
        request.refuse("modalities", "must be text: Claude does not speak")


def warn_of_the_rest(request: Reader) -> None:
    """Note the fields that are left out."""
    for name in request.fields:
        if request.has(name) and name not in TRANSLATED | WITHOUT_EFFECT:
            request.adapt(name[:100], "it is not translated for Claude")
