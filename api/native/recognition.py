"""Tells the format of a request whose submitter did not name it."""

import msgspec

from api.decoding import JsonDecoder, UndecodableError
from claude.dialect import Dialect

OPENAI_FIELDS = frozenset(
    {
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "modalities",
        "n",
        "parallel_tool_calls",
        "presence_penalty",
        "reasoning_effort",
        "response_format",
        "seed",
        "stop",
        "stream_options",
        "top_logprobs",
        "user",
    }
)
OPENAI_ROLES = frozenset({"developer", "function", "tool"})
OPENAI_PARTS = frozenset({"file", "image_url", "input_audio"})


class _Message(msgspec.Struct):
    role: str = ""
    content: msgspec.Raw = msgspec.Raw()
    tool_calls: msgspec.Raw = msgspec.Raw()
    function_call: msgspec.Raw = msgspec.Raw()


class _Part(msgspec.Struct):
    type: str = ""


class _Tool(msgspec.Struct):
    function: msgspec.Raw = msgspec.Raw()


_fields = JsonDecoder(dict[str, msgspec.Raw])
_messages = JsonDecoder(list[_Message])
_parts = JsonDecoder(list[_Part])
_tools = JsonDecoder(list[_Tool])


def recognise(body: msgspec.Raw) -> Dialect:
    """Return the format of `body`; a body that is wrong in every format passes for a Messages request.

    The checks that follow then say what is wrong with it.
    """
    try:
        fields = _fields.decode(body)
        if "prompt" in fields and "max_tokens_to_sample" in fields:
            return Dialect.COMPLETE
        return Dialect.CHAT if _is_chat(fields) else Dialect.MESSAGES
    except UndecodableError:
        return Dialect.MESSAGES


def _is_chat(fields: dict[str, msgspec.Raw]) -> bool:
    if "messages" not in fields:
        return False
    if "max_tokens" not in fields or not OPENAI_FIELDS.isdisjoint(fields):
        return True
    if any(tool.function for tool in _tools.decode(fields.get("tools", msgspec.Raw(b"[]")))):
        return True
    messages = _messages.decode(fields["messages"])
    # Anthropic takes a system message only later on, in the middle of a conversation.
    opens_with_system = bool(messages) and messages[0].role == "system" and "system" not in fields
    return opens_with_system or any(_is_openai_message(message) for message in messages)


def _is_openai_message(message: _Message) -> bool:
    if message.role in OPENAI_ROLES or message.tool_calls or message.function_call:
        return True
    if bytes(memoryview(message.content)[:1]) != b"[":
        return False
    return any(part.type in OPENAI_PARTS for part in _parts.decode(message.content))
