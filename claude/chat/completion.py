"""Claude's answer as OpenAI's `chat.completion`."""

import hashlib
from typing import Any

import msgspec

from claude.answer import WireUsage, token_usage
from claude.chat.finish import finish_reason, stop_fields
from claude.chat.message import ChatMessage
from claude.chat.reply import ReplyShape
from claude.chat.usage import chat_usage
from claude.request import WireApi


class ThinkingDetails(msgspec.Struct):
    """How many of the output tokens were thought."""

    thinking_tokens: int | None = None


class MessageUsage(WireUsage):
    """Usage with what only OpenAI's format asks for."""

    output_tokens_details: ThinkingDetails | None = None


class Message(msgspec.Struct):
    """Claude's message, or its legacy completion: whichever of `content` and `completion` is there."""

    id: str = ""
    model: str = ""
    stop_reason: str | None = None
    stop_details: Any = None
    usage: MessageUsage | None = None
    content: list[msgspec.Raw] = []
    completion: str = ""


_decode = msgspec.json.Decoder(Message).decode


def to_completion(answer: str | bytes, api: WireApi, *, shape: ReplyShape, created: int) -> dict[str, Any]:
    """Translate an answer's JSON; `created` is in Unix seconds.

    The completion's id is `chatcmpl-` and Claude's own, its model the one that answered. A pre-fill is not
    repeated. Raises msgspec.DecodeError for what is no answer of Claude's; `read_answer` lets none through.
    """
    wire = _decode(answer)
    choice, usage = _legacy(wire, shape) if api is WireApi.COMPLETE else _messages(wire, shape)
    return {
        "id": completion_id(wire.id, shape, created),
        "object": "chat.completion",
        "created": created,
        "model": wire.model or shape.model,
        "choices": [{"index": 0, **choice, "logprobs": None}],
        "usage": usage,
    }


def _legacy(wire: Message, shape: ReplyShape) -> tuple[dict[str, Any], dict[str, Any]]:
    message = {"role": "assistant", "content": shape.legacy_text(wire.completion)}
    choice = {"message": message, "finish_reason": finish_reason(wire.stop_reason)}
    return choice, chat_usage(shape.legacy_usage(wire.completion))


def _messages(wire: Message, shape: ReplyShape) -> tuple[dict[str, Any], dict[str, Any]]:
    message = ChatMessage(shape)
    for block in wire.content:
        message.add(block)
    reason = finish_reason(wire.stop_reason)
    if shape.json_tool and reason == "tool_calls" and not message.has_tool_calls:
        reason = "stop"
    fields = stop_fields(wire.stop_reason, wire.stop_details)
    choice = {"message": message.json(fields), "finish_reason": reason}
    return choice, chat_usage(token_usage(wire.usage), thinking_tokens=thinking_tokens(wire.usage))


def thinking_tokens(usage: MessageUsage | None) -> int | None:
    """Return how many of the output tokens were thought, where Claude says so."""
    details = usage.output_tokens_details if usage else None
    return details.thinking_tokens if details else None


def completion_id(answer_id: str, shape: ReplyShape, created: int) -> str:
    """Return `chatcmpl-` and Claude's id; legacy answers may have none and get one that stays the same."""
    if not answer_id:
        answer_id = hashlib.blake2b(
            shape.request, digest_size=12, salt=created.to_bytes(8, "big")
        ).hexdigest()
    return f"chatcmpl-{answer_id}"
