"""The tools of a chat request and the choice among them, in Claude's terms."""

import re
from collections.abc import Iterable

from claude.chat.content import cache_control_of
from claude.chat.schema import supported_schema
from claude.chat.tool_names import LONGEST_NAME, SentNames
from claude.models import ModelCard
from claude.reader import Fields, Reader

CHOICES = {"auto": "auto", "required": "any", "none": "none"}

_NATIVE_TYPE = re.compile(r"\w+_20\d{6}")
"""Anthropic's own tools carry a date, as `web_search_20250305`; they are let through as they are."""


class ToolSet:
    """The tools of one request, in the order in which they were given."""

    def __init__(self, request: Reader, messages: Iterable[Reader], card: ModelCard) -> None:
        self._request = request
        self._card = card
        self._tools = request.children("tools") or []
        functions = [name for tool in self._tools if (name := _function_name(tool)) is not None]
        called = [name for message in messages for name in _called(message)]
        self.names = SentNames([*functions, *called], longest=LONGEST_NAME)
        self._function_names = frozenset(functions)

    def sent(self) -> list[Fields]:
        """Translate the tools."""
        return [sent for tool in self._tools if (sent := self._sent(tool)) is not None]

    def choice(self) -> Fields | None:
        """Translate `tool_choice` and `parallel_tool_calls`, which mean nothing without tools."""
        choice = self._choice()
        parallel = self._request.flag("parallel_tool_calls")
        if not self._tools or parallel is None or (choice or {}).get("type") == "none":
            return choice
        return {**(choice or {"type": "auto"}), "disable_parallel_tool_use": not parallel}

    def _sent(self, tool: Reader) -> Fields | None:
        tool_type = tool.text("type")
        if "function" not in tool.fields and (
            "input_schema" in tool.fields or _NATIVE_TYPE.fullmatch(tool_type or "")
        ):
            return dict(tool.fields)
        if tool_type not in {"function", None}:
            tool.refuse("type", f"must be 'function': Claude has no tools of type {tool_type!r}")
            return None
        function = tool.child("function")
        if function is None:
            tool.refuse("function", "is missing")
            return None
        return self._function(tool, function)

    def _function(self, tool: Reader, function: Reader) -> Fields | None:
        name = function.required_text("name")
        parameters = function.child("parameters")
        if name is None:
            return None
        schema: Fields = {"type": "object", "properties": {}}
        if parameters is not None and parameters.fields:
            schema = {"type": "object", **parameters.fields}
        sent: Fields = {"type": "custom", "name": self.names.sent(name), "input_schema": schema}
        if (description := function.text("description")) is not None:
            sent["description"] = description
        if function.flag("strict"):
            self._be_strict(sent, schema, function)
        marker = cache_control_of(tool) or cache_control_of(function)
        return sent if marker is None else {**sent, "cache_control": marker}

    def _be_strict(self, sent: Fields, schema: Fields, function: Reader) -> None:
        if self._card.takes_schema:
            sent.update(strict=True, input_schema=supported_schema(schema))
        else:
            function.adapt("strict", "the model has no strict tools")

    def _choice(self) -> Fields | None:
        choice = self._request.fields.get("tool_choice")
        if choice is None:
            return None
        if isinstance(choice, str) and choice in CHOICES:
            sent: Fields = {"type": CHOICES[choice]}
        elif isinstance(choice, dict):
            sent = self._named() or {}
        else:
            taken = ", ".join(CHOICES)
            self._request.refuse("tool_choice", f"must be one of {taken}, or name a function")
            return None
        return self._checked(sent)

    def _named(self) -> Fields | None:
        choice = self._request.child("tool_choice")
        function = choice.child("function") if choice is not None else None
        name = function.required_text("name") if function is not None else None
        if function is None:
            self._request.refuse(
                "tool_choice", 'must be of the form {"type": "function", "function": {"name": ...}}'
            )
        elif name is not None and name not in self._function_names:
            function.refuse("name", f"{name!r} is not among the tools")
        elif name is not None:
            return {"type": "tool", "name": self.names.sent(name)}
        return None

    def _checked(self, choice: Fields) -> Fields | None:
        """Hold the choice against what there is to choose from and what the model can be made to do."""
        if choice.get("type") not in {"any", "tool"}:
            return choice if choice and self._tools else None
        if not self._tools:
            self._request.refuse("tool_choice", "asks for a tool, and there are no tools")
        elif not self._card.takes_forced_tools:
            self._request.adapt(
                "tool_choice", "this model cannot be made to use a tool", deed="was replaced by auto"
            )
            return {"type": "auto"}
        return choice


def _function_name(tool: Reader) -> str | None:
    function = tool.fields.get("function")
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else None


def _called(message: Reader) -> list[str]:
    """Name the functions that a turn called; what is malformed is reported where it is translated."""
    calls = message.fields.get("tool_calls")
    entries = calls if isinstance(calls, list) else []
    functions = [entry.get("function") for entry in entries if isinstance(entry, dict)]
    functions.append(message.fields.get("function_call"))
    names = [function.get("name") for function in functions if isinstance(function, dict)]
    return [name for name in names if isinstance(name, str)]
