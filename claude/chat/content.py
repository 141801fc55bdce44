"""The content of one chat message, text or parts, as Claude's content blocks."""

from collections.abc import Callable
from enum import StrEnum

from claude.chat.media import file_block, image_block
from claude.reader import Fields, Reader, kind

NATIVE_TYPES = frozenset({"image", "document", "search_result", "container_upload"})
"""Claude's own blocks, let through as they are for callers who write them among OpenAI's parts."""

THINKING_TYPES = frozenset({"thinking", "redacted_thinking"})


class Holder(StrEnum):
    """Whose content it is; pictures and files have a place only with users and tools."""

    SYSTEM = "a system message"
    USER = "a user message"
    ASSISTANT = "an assistant message"
    TOOL = "a tool message"
    PROMPT = "a prompt for a model of this age"


MEDIA: dict[str, Callable[[Reader], Fields | None]] = {
    "image_url": image_block,
    "file": file_block,
    **dict.fromkeys(NATIVE_TYPES, lambda part: dict(part.fields)),
}

WITH_MEDIA = frozenset({Holder.USER, Holder.TOOL})


def content_blocks(message: Reader, holder: Holder) -> list[Fields]:
    """Translate a message's content; blank text is reported, for Claude refuses it and nobody meant it."""
    content = message.fields.get("content")
    if isinstance(content, str):
        text = message.required_text("content")
        return [] if text is None else [{"type": "text", "text": text}]
    if isinstance(content, list):
        if not content:
            message.refuse("content", "must not be empty")
        blocks = [_block(part, holder) for part in message.children("content") or []]
        return [block for block in blocks if block is not None]
    if content is None:
        message.refuse("content", "is missing")
    else:
        message.refuse("content", f"must be a string or a list of parts, not {kind(content)}")
    return []


def _block(part: Reader, holder: Holder) -> Fields | None:
    block = _translated(part, holder)
    if block is not None and (cache_control := cache_control_of(part)) is not None:
        block["cache_control"] = cache_control
    return block


def cache_control_of(owner: Reader) -> Fields | None:
    """Read the cache marker that may stand on a part, a message or a tool."""
    marker = owner.child("cache_control")
    return marker.fields if marker is not None else None


def _translated(part: Reader, holder: Holder) -> Fields | None:
    part_type = part.required_text("type")
    if part_type == "text" or (part_type == "refusal" and holder is Holder.ASSISTANT):
        text = part.required_text(part_type)
        return None if text is None else {"type": "text", "text": text}
    if part_type in THINKING_TYPES and holder is Holder.ASSISTANT:
        return dict(part.fields)
    if holder in WITH_MEDIA and part_type in MEDIA:
        return MEDIA[part_type](part)
    if part_type is not None:
        part.refuse("type", f"Claude takes no {part_type!r} in {holder}")
    return None
