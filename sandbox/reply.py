"""A reply: blocks, stop reason and usage that agree with each other."""

from dataclasses import dataclass, field

from sandbox.prompt_cache import CacheUse

Block = dict[str, object]


@dataclass(slots=True, kw_only=True)
class Reply:
    """One answer; `pieces` holds for each block the deltas that a stream sends of it."""

    id: str
    model: str
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None
    stop_details: dict[str, object] | None = None
    content: list[Block] = field(default_factory=list)
    pieces: list[list[str]] = field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    thinking_tokens: int = 0
    cache: CacheUse = field(default_factory=CacheUse)
    service_tier: str = "standard"

    def usage(self) -> dict[str, object]:
        """Return the usage object."""
        usage: dict[str, object] = {
            "input_tokens": self.input_tokens,
            "cache_creation_input_tokens": self.cache.written,
            "cache_read_input_tokens": self.cache.read,
            "cache_creation": {
                "ephemeral_5m_input_tokens": self.cache.written_5m,
                "ephemeral_1h_input_tokens": self.cache.written_1h,
            },
            "output_tokens": self.output_tokens,
            "service_tier": self.service_tier,
        }
        if self.thinking_tokens:
            usage["output_tokens_details"] = {"thinking_tokens": self.thinking_tokens}
        return usage

    def message(self) -> dict[str, object]:
        """Return the whole message."""
        message: dict[str, object] = {
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": self.content,
            "stop_reason": self.stop_reason,
            "stop_sequence": self.stop_sequence,
            "usage": self.usage(),
        }
        return message | {"stop_details": self.stop_details} if self.stop_details else message
