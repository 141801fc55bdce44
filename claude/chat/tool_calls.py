"""Tool calls and their results in the history of a chat, kept together as Claude demands."""

import hashlib
from typing import cast

import msgspec

from claude.body import checked_bytes
from claude.chat.content import Holder, cache_control_of, content_blocks
from claude.chat.tool_names import SentNames
from claude.reader import Fields, Reader
from claude.report import Report

_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class ToolHistory:
    """Translates calls and results, and sees to it that each call has its result before the next turn."""

    def __init__(self, names: SentNames) -> None:
        self._names = names
        self._ids = SentNames(())
        self._open: dict[str, Reader] = {}
        self._open_functions: dict[str, str] = {}

    def calls(self, message: Reader) -> list[Fields]:
        """Translate an assistant message's `tool_calls`, or its `function_call` of old."""
        blocks = [self._call(call) for call in message.children("tool_calls") or []]
        if (function := message.child("function_call")) is not None:
            blocks.append(self._function_call(message, function))
        return [block for block in blocks if block is not None]

    def result(self, message: Reader) -> Fields | None:
        """Translate a `tool` message, or a `function` message of old."""
        if message.fields.get("role") == "function":
            call_id = self._open_functions.pop(message.required_text("name") or "", None)
            key = "name"
        else:
            call_id = message.required_text("tool_call_id")
            key = "tool_call_id"
            if call_id is None:
                return None
        if call_id is None or self._open.pop(call_id, None) is None:
            message.refuse(key, "answers no open call of the assistant message before it")
            return None
        block: Fields = {
            "type": "tool_result",
            "tool_use_id": self._ids.sent(call_id),
            "content": _result_content(message),
        }
        if (marker := cache_control_of(message)) is not None:
            block["cache_control"] = marker
        return block

    def close(self) -> None:
        """Report the calls that have no result: the next turn, or the end, has come."""
        for call in self._open.values():
            call.report.refuse(call.path, "this call has no result in the messages that follow it")
        self._open.clear()
        self._open_functions.clear()

    def _call(self, call: Reader) -> Fields | None:
        call_id = call.required_text("id")
        function = call.child("function")
        if function is None:
            call.refuse("function", "is missing")
        if call_id is None or function is None:
            return None
        if call_id in self._open:
            call.refuse("id", f"{call_id!r} is the id of another call of the same turn")
            return None
        self._open[call_id] = call
        return self._use(call_id, function)

    def _function_call(self, message: Reader, function: Reader) -> Fields | None:
        """Give a call without an id one that is the same each time, so that its result can be matched."""
        digest = hashlib.blake2b(message.path.encode(), digest_size=6).hexdigest()
        call_id = f"call_{digest}"
        self._open[call_id] = function
        if (name := function.text("name")) is not None:
            self._open_functions[name] = call_id
        return self._use(call_id, function)

    def _use(self, call_id: str, function: Reader) -> Fields | None:
        name = function.required_text("name")
        arguments = _arguments(function)
        if name is None or arguments is None:
            return None
        return {
            "type": "tool_use",
            "id": self._ids.sent(call_id),
            "name": self._names.sent(name),
            "input": arguments,
        }


def _arguments(function: Reader) -> object | None:
    """Return the arguments as they were written, or None where they are no JSON object."""
    arguments = function.fields.get("arguments")
    if isinstance(arguments, dict):
        return cast("Fields", arguments)
    text = function.text("arguments")
    if text is None:
        if not function.has("arguments"):
            function.refuse("arguments", "is missing")
        return None
    if not text.strip():
        return {}
    report = Report()
    body = checked_bytes(text, report)
    try:
        if body is not None:
            _decode_object(body)
            return msgspec.Raw(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        report.refuse("", str(error))
    function.refuse("arguments", f"must be a JSON object: {report.refusals[0][1]}")
    return None


def _result_content(message: Reader) -> object:
    """Return what the tool brought; nothing at all is a result like any other."""
    content = message.fields.get("content")
    if content in ("", []):
        return ""
    if isinstance(content, str):
        return content
    return content_blocks(message, Holder.TOOL)
