"""Claude's stream as OpenAI's `chat.completion.chunk`s."""

from typing import Any

import msgspec

from claude.answer import token_usage
from claude.chat.completion import MessageUsage, completion_id, thinking_tokens
from claude.chat.deltas import BlockDeltas
from claude.chat.finish import finish_reason, stop_fields
from claude.chat.reply import ReplyShape
from claude.chat.usage import chat_usage
from claude.events import (
    BlockDelta,
    BlockStart,
    BlockStop,
    Completion,
    ErrorEvent,
    JsonObject,
    MessageDelta,
    MessageStart,
    MessageStop,
    StreamEvent,
    malformed,
    merge,
    usage_of,
)


class ChunkTranslator:
    """Turns the events of one stream into chunks: the role first, then deltas, the finish_reason, the usage.

    The chunk with the finish_reason comes only once the answer is whole, so a stream that breaks off never
    looks finished. `created` is in Unix seconds.
    """

    def __init__(self, *, shape: ReplyShape, created: int) -> None:
        self._shape = shape
        self._created = created
        self._message: JsonObject = {}
        self._deltas = BlockDeltas(shape)
        self._completion: list[str] = []

    def chunks(self, event: StreamEvent) -> list[dict[str, Any]]:
        """Translate the next event; raises ClaudeStreamError for one that cannot follow what came before."""
        known = event.known
        if isinstance(known, Completion):
            return self._take_completion(known)
        if isinstance(known, MessageStart):
            self._message = known.message
            return [self._opening()]
        if known is None or isinstance(known, ErrorEvent):
            return []
        if not self._message:
            raise malformed(f"the stream's {event.type} event came before its message_start")
        return self._take(known)

    def _take(
        self, known: BlockStart | BlockDelta | BlockStop | MessageDelta | MessageStop
    ) -> list[JsonObject]:
        match known:
            case MessageDelta():
                merge(self._message, known.delta)
                merge(usage_of(self._message), known.usage or {})
                return []
            case MessageStop():
                return self._ending()
            case _:
                return [self._chunk(delta) for delta in self._deltas.take(known)]

    def _take_completion(self, piece: Completion) -> list[JsonObject]:
        chunks = []
        if not self._message:
            self._message = {"id": piece.id, "model": piece.model}
            chunks.append(self._opening())
        text = piece.completion or ""
        shown = text if any(self._completion) else self._shape.legacy_text(text)
        self._completion.append(text)
        if shown:
            chunks.append(self._chunk({"content": shown}))
        if piece.stop_reason is not None:
            usage = self._shape.legacy_usage("".join(self._completion))
            chunks += self._last(finish_reason(piece.stop_reason), {}, chat_usage(usage))
        return chunks

    def _opening(self) -> JsonObject:
        return self._chunk({"role": "assistant", "content": ""})

    def _ending(self) -> list[JsonObject]:
        stop_reason = str(self._message.get("stop_reason"))
        reason = finish_reason(stop_reason)
        if self._deltas.is_json_only and reason == "tool_calls":
            reason = "stop"
        fields = stop_fields(stop_reason, self._message.get("stop_details"))
        delta = {"provider_specific_fields": fields} if fields else {}
        try:
            usage = msgspec.convert(usage_of(self._message), MessageUsage)
        except msgspec.ValidationError as error:
            raise malformed(f"the stream's usage is malformed: {error}") from error
        return self._last(
            reason, delta, chat_usage(token_usage(usage), thinking_tokens=thinking_tokens(usage))
        )

    def _last(self, reason: str, delta: JsonObject, usage: JsonObject) -> list[JsonObject]:
        finish = self._chunk(delta, reason)
        if not self._shape.include_usage:
            return [finish]
        return [finish, {**finish, "choices": [], "usage": usage}]

    def _chunk(self, delta: JsonObject, reason: str | None = None) -> JsonObject:
        chunk: JsonObject = {
            "id": completion_id(str(self._message.get("id") or ""), self._shape, self._created),
            "object": "chat.completion.chunk",
            "created": self._created,
            "model": str(self._message.get("model") or self._shape.model),
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}],
        }
        if self._shape.include_usage:
            chunk["usage"] = None
        return chunk
