"""One content block of a streamed message, from its start and its deltas."""

from collections import defaultdict
from typing import Any

import msgspec

from claude.events import Delta
from claude.excerpt import UNREADABLE

INVALID_JSON = "INVALID_JSON"
"""Where Claude's documentation puts a tool input that is not JSON, as when `max_tokens` cut it off."""


class Block:
    """Collects the deltas of one block."""

    def __init__(self, start: dict[str, Any]) -> None:
        self._start = start
        self._parts: defaultdict[str, list[str]] = defaultdict(list)
        self._signature = ""
        self._citations: list[dict[str, Any]] = []

    def add(self, delta: Delta) -> None:
        """Take the block's next delta."""
        if delta.text:
            self._parts["text"].append(delta.text)
        if delta.thinking:
            self._parts["thinking"].append(delta.thinking)
        if delta.partial_json:
            self._parts["partial_json"].append(delta.partial_json)
        if isinstance(delta.content, str) and delta.content:
            self._parts["content"].append(delta.content)
        self._signature = delta.signature or self._signature
        if delta.citation is not None:
            self._citations.append(delta.citation)

    def json(self) -> dict[str, Any]:
        """Return the block as it stands in a message that is not streamed."""
        block = dict(self._start)
        for name, parts in self._parts.items():
            text = "".join(parts)
            if name == "partial_json":
                block["input"] = _tool_input(text)
            else:
                block[name] = f"{block.get(name) or ''}{text}"
        if self._signature:
            block["signature"] = self._signature
        if self._citations:
            earlier = block.get("citations")
            block["citations"] = [*(earlier if isinstance(earlier, list) else ()), *self._citations]
        return block


def _tool_input(text: str) -> msgspec.Raw | dict[str, str]:
    try:
        msgspec.json.decode(text, type=dict[str, Any])
    except UNREADABLE:
        return {INVALID_JSON: text}
    return msgspec.Raw(text.encode())
