"""What became of a case, in a form in which two libraries' outcomes can be compared.

Left out on both sides, because it says nothing or is the other library's own: null fields, empty lists and
objects; ids and times; in usage, zeros of the cache, estimates (`reasoning_tokens`, `text_tokens`, and all
of a legacy answer's), prices and second names for the same count; thinking blocks repeated under
`provider_specific_fields`. Arguments of tools are compared as JSON. Of a stream: the model (theirs is the
alias that was asked for), which chunk carries the role, the empty `content` beside tool calls, the repeated
`type` and the empty pieces of arguments. An error is compared by its kind and HTTP status.
"""

import json
from collections.abc import Iterable
from typing import Any

from claude.errors import ClaudeConnectionError, ClaudeError, ClaudeResponseError, ClaudeStreamError

DROPPED = {
    "id",
    "created",
    "logprobs",
    "text_tokens",
    "reasoning_tokens",
    "cache_write_tokens",
    "cost",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
}

DROPPED_WHEN_ZERO = {"cached_tokens", "cache_creation_tokens"}

Facts = dict[str, Any]


def comparable(facts: Facts, *, has_usage: bool) -> Facts:
    return {path: value for path, value in facts.items() if has_usage or not path.startswith("usage.")}


def their_outcome(recorded: dict[str, Any]) -> Facts:
    if "error" in recorded:
        return {"error": _their_error(recorded["error"])}
    if "chunks" in recorded:
        return chunk_facts(recorded["chunks"])
    return completion_facts(recorded["openai"])


def _their_error(error: dict[str, Any]) -> str:
    return {"Timeout": "timeout", "APIConnectionError": "connection"}.get(
        error["exception"], f"status {error['status_code']}"
    )


def our_error(error: ClaudeError) -> str:
    if isinstance(error, ClaudeStreamError):
        return f"stream: {error.type}"
    if isinstance(error, ClaudeResponseError):
        return f"answer: {error.type}"
    if isinstance(error, ClaudeConnectionError):
        return error.type.removesuffix("_error")
    return f"status {error.status}"


def completion_facts(completion: dict[str, Any]) -> Facts:
    for choice in completion["choices"]:
        for call in choice["message"].get("tool_calls") or ():
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
        (choice["message"].get("provider_specific_fields") or {}).pop("thinking_blocks", None)
    return dict(_flat(_pruned(completion)))


def chunk_facts(chunks: Iterable[dict[str, Any]]) -> Facts:
    """Fold chunks to the deltas that say something, in order, and the role, finish_reason and usage."""
    facts: dict[str, Any] = {"deltas": []}
    for chunk in chunks:
        facts["usage"] = chunk.get("usage") or facts.get("usage")
        for choice in chunk["choices"]:
            delta = dict(choice.get("delta") or {})
            facts["role"] = delta.pop("role", None) or facts.get("role")
            facts["finish_reason"] = choice.get("finish_reason") or facts.get("finish_reason")
            facts["deltas"].append(_said(delta))
    facts["deltas"] = [delta for delta in facts["deltas"] if delta]
    return dict(_flat(_pruned(facts)))


def _said(delta: dict[str, Any]) -> dict[str, Any]:
    (delta.get("provider_specific_fields") or {}).pop("thinking_blocks", None)
    calls = []
    for call in delta.pop("tool_calls", None) or ():
        function = {name: text for name, text in call["function"].items() if text}
        kept = {"index": call["index"], **_pruned({"id": call.get("id"), **function})}
        if len(kept) > 1:
            calls.append(kept)
    return _pruned({**delta, "tool_calls": calls, "content": delta.get("content") or None})


def _pruned(value: Any) -> Any:
    if isinstance(value, list):
        return [_pruned(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _pruned(item) for name, item in value.items() if name not in DROPPED}
    return {name: item for name, item in kept.items() if not _says_nothing(name, item)}


def _says_nothing(name: str, item: Any) -> bool:
    return item is None or item in ({}, []) or (name in DROPPED_WHEN_ZERO and item == 0)


def _flat(value: Any, path: str = "") -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _flat(item, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}.{index}")
    else:
        yield path, value
