"""The content blocks of Claude's message as one OpenAI assistant message."""

from typing import Any

import msgspec

from claude.chat.reply import ReplyShape

THINKING_TYPES = frozenset({"thinking", "redacted_thinking"})


class Block(msgspec.Struct):
    """A content block, as far as it is translated."""

    type: str
    text: str = ""
    thinking: str = ""
    id: str = ""
    name: str = ""
    input: msgspec.Raw = msgspec.Raw(b"{}")
    citations: list[dict[str, Any]] | None = None


_decode_block = msgspec.json.Decoder(Block).decode
_decode_object = msgspec.json.Decoder(dict[str, Any]).decode


class ChatMessage:
    """Collects blocks; texts are joined as they are, so that streamed and plain answers read the same.

    Thinking goes to `reasoning_content` and, signed and fit to be sent back, to `thinking_blocks`. Citations
    (a list for each text that has any) and server tools' blocks go to `provider_specific_fields`.
    """

    def __init__(self, shape: ReplyShape) -> None:
        self._shape = shape
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._thinking_blocks: list[dict[str, Any]] = []
        self._citations: list[list[dict[str, Any]]] = []
        self._server_blocks: list[dict[str, Any]] = []
        self._tool_calls: list[dict[str, Any]] = []

    @property
    def has_tool_calls(self) -> bool:
        """Whether the caller is asked to run a tool."""
        return bool(self._tool_calls)

    def add(self, raw: msgspec.Raw) -> None:
        """Take the message's next block."""
        block = _decode_block(raw)
        if block.type == "text":
            self._add_text(block)
        elif block.type in THINKING_TYPES:
            self._thoughts.append(block.thinking)
            self._thinking_blocks.append(_decode_object(raw))
        elif block.type != "tool_use":
            self._server_blocks.append(_decode_object(raw))
        elif block.name == self._shape.json_tool:
            self._texts.append(bytes(block.input).decode())
        else:
            self._tool_calls.append(self._tool_call(block))

    def _add_text(self, block: Block) -> None:
        self._texts.append(block.text)
        if block.citations:
            self._citations.append([{**cited, "supported_text": block.text} for cited in block.citations])

    def _tool_call(self, block: Block) -> dict[str, Any]:
        name = self._shape.tool_names.get(block.name, block.name)
        return {
            "index": len(self._tool_calls),
            "id": block.id,
            "type": "function",
            "function": {"name": name, "arguments": bytes(block.input).decode()},
        }

    def json(self, provider_fields: dict[str, Any]) -> dict[str, Any]:
        """Return the message; content is null only beside tool calls, an empty answer is an empty string."""
        content = "".join(self._texts)
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if self._tool_calls and not content else content,
        }
        if self._tool_calls:
            message["tool_calls"] = self._tool_calls
        if self._thinking_blocks:
            message["reasoning_content"] = "".join(self._thoughts)
            message["thinking_blocks"] = self._thinking_blocks
        if self._citations:
            provider_fields["citations"] = self._citations
        if self._server_blocks:
            provider_fields["server_tool_blocks"] = self._server_blocks
        if provider_fields:
            message["provider_specific_fields"] = provider_fields
        return message
