"""The content blocks of a stream as the deltas of OpenAI's chunks."""

from typing import Any

import msgspec

from claude.blocks import Block
from claude.chat.message import THINKING_TYPES
from claude.chat.reply import ReplyShape
from claude.events import BlockDelta, BlockStart, BlockStop, Delta, JsonObject, malformed


class TextDeltas:
    """A text block: its pieces at once, a citation as it comes."""

    def __init__(self, start: JsonObject) -> None:
        self._first = str(start.get("text") or "")

    def start(self) -> list[JsonObject]:
        """Open the block."""
        return [{"content": self._first}] if self._first else []

    def piece(self, delta: Delta) -> list[JsonObject]:
        """Pass a piece on."""
        if delta.citation is not None:
            return [{"provider_specific_fields": {"citation": delta.citation}}]
        return [{"content": delta.text}] if delta.text else []

    def stop(self) -> list[JsonObject]:
        """Close the block."""
        return []


class ToolDeltas:
    """A tool call: its id and name first, then its arguments in pieces; `{}` where no piece came."""

    def __init__(self, start: JsonObject, *, index: int, name: str) -> None:
        self._start = start
        self._index = index
        self._name = name
        self._has_arguments = False

    def start(self) -> list[JsonObject]:
        """Open the call."""
        call = {
            "index": self._index,
            "id": str(self._start.get("id") or ""),
            "type": "function",
            "function": {"name": self._name, "arguments": ""},
        }
        return [{"tool_calls": [call]}]

    def piece(self, delta: Delta) -> list[JsonObject]:
        """Pass a piece of the arguments on."""
        if not delta.partial_json:
            return []
        self._has_arguments = True
        return [self._arguments(delta.partial_json)]

    def stop(self) -> list[JsonObject]:
        """Close the call."""
        return [] if self._has_arguments else [self._arguments(_input(self._start))]

    def _arguments(self, text: str) -> JsonObject:
        return {"tool_calls": [{"index": self._index, "function": {"arguments": text}}]}


class JsonDeltas:
    """The tool that stands for a JSON schema: its input is the content."""

    def __init__(self, start: JsonObject) -> None:
        self._start = start
        self._has_content = False

    def start(self) -> list[JsonObject]:
        """Open the block."""
        return []

    def piece(self, delta: Delta) -> list[JsonObject]:
        """Pass a piece on."""
        if not delta.partial_json:
            return []
        self._has_content = True
        return [{"content": delta.partial_json}]

    def stop(self) -> list[JsonObject]:
        """Close the block."""
        return [] if self._has_content else [{"content": _input(self._start)}]


class WholeDeltas:
    """A block that is of use only when whole: thinking, which is signed at its end, and server tools."""

    def __init__(self, start: JsonObject) -> None:
        self._block = Block(start)
        self._is_thinking = str(start.get("type")) in THINKING_TYPES

    def start(self) -> list[JsonObject]:
        """Open the block."""
        return []

    def piece(self, delta: Delta) -> list[JsonObject]:
        """Pass a thought on as text; keep everything for the end."""
        self._block.add(delta)
        return [{"reasoning_content": delta.thinking}] if delta.thinking else []

    def stop(self) -> list[JsonObject]:
        """Close the block."""
        block = msgspec.json.decode(msgspec.json.encode(self._block.json()))
        if self._is_thinking:
            return [{"thinking_blocks": [block]}]
        return [{"provider_specific_fields": {"server_tool_blocks": [block]}}]


Deltas = TextDeltas | ToolDeltas | JsonDeltas | WholeDeltas


class BlockDeltas:
    """Keeps the blocks of one stream apart and numbers its tool calls 0, 1, ..."""

    def __init__(self, shape: ReplyShape) -> None:
        self._shape = shape
        self._open: dict[int, Deltas] = {}
        self._tool_calls = 0
        self._has_json = False

    @property
    def is_json_only(self) -> bool:
        """Whether the only tool called is the one that stands for a JSON schema."""
        return self._has_json and not self._tool_calls

    def take(self, event: BlockStart | BlockDelta | BlockStop) -> list[JsonObject]:
        """Translate an event of a block; raises ClaudeStreamError where its block is not open."""
        if isinstance(event, BlockStart):
            if event.index in self._open:
                raise malformed(f"the stream started block {event.index} twice")
            self._open[event.index] = deltas = self._begin(event.content_block)
            return deltas.start()
        if event.index not in self._open:
            raise malformed(f"the stream continued block {event.index}, which is not open")
        if isinstance(event, BlockDelta):
            return self._open[event.index].piece(event.delta)
        return self._open.pop(event.index).stop()

    def _begin(self, start: JsonObject) -> Deltas:
        kind, name = start.get("type"), str(start.get("name") or "")
        if kind == "text":
            return TextDeltas(start)
        if kind != "tool_use":
            return WholeDeltas(start)
        if name == self._shape.json_tool:
            self._has_json = True
            return JsonDeltas(start)
        self._tool_calls += 1
        return ToolDeltas(start, index=self._tool_calls - 1, name=self._shape.tool_names.get(name, name))


def _input(start: JsonObject) -> str:
    given: Any = start.get("input") or {}
    return msgspec.json.encode(given).decode()
