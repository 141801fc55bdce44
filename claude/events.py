"""The events of a streamed answer, read: what each type is made of, as far as it is used."""

from typing import Any

import msgspec

from claude.errors import ClaudeStreamError
from claude.excerpt import UNREADABLE
from claude.stream import StreamEvent

JsonObject = dict[str, Any]


class MessageStart(msgspec.Struct):
    """`message_start`: the message without its content."""

    message: JsonObject


class BlockStart(msgspec.Struct):
    """`content_block_start`: a block, often still empty."""

    index: int
    content_block: JsonObject


class Delta(msgspec.Struct):
    """A piece of a block; only the fields of its own kind are set."""

    text: str = ""
    thinking: str = ""
    signature: str = ""
    partial_json: str = ""
    citation: JsonObject | None = None
    content: Any = None
    """The summary of a compaction, the one delta that adds to `content`."""


class BlockDelta(msgspec.Struct):
    """`content_block_delta`: a piece of a block."""

    index: int
    delta: Delta


class BlockStop(msgspec.Struct):
    """`content_block_stop`: the block is whole."""

    index: int


class MessageDelta(msgspec.Struct):
    """`message_delta`: how the message ended, and its usage so far, which replaces what was known."""

    delta: JsonObject
    usage: JsonObject | None = None
    context_management: JsonObject | None = None


class MessageStop(msgspec.Struct):
    """`message_stop`: the last event."""


class Completion(msgspec.Struct):
    """`completion`: the next piece of a legacy completion; the last one has a stop_reason."""

    completion: str | None = None
    stop_reason: str | None = None
    id: str = ""
    model: str = ""


KnownEvent = MessageStart | BlockStart | BlockDelta | BlockStop | MessageDelta | MessageStop | Completion

_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    "message_start": msgspec.json.Decoder(MessageStart),
    "content_block_start": msgspec.json.Decoder(BlockStart),
    "content_block_delta": msgspec.json.Decoder(BlockDelta),
    "content_block_stop": msgspec.json.Decoder(BlockStop),
    "message_delta": msgspec.json.Decoder(MessageDelta),
    "message_stop": msgspec.json.Decoder(MessageStop),
    "completion": msgspec.json.Decoder(Completion),
}


def read_event(event: StreamEvent) -> KnownEvent | None:
    """Read an event; returns None for `ping` and for types that are not known.

    Raises ClaudeStreamError for a malformed one.
    """
    decoder = _DECODERS.get(event.type)
    if decoder is None:
        return None
    try:
        known: KnownEvent = decoder.decode(event.data)
    except UNREADABLE as error:
        raise malformed(f"the stream's {event.type} event is malformed: {error}") from error
    return known


def merge(known: JsonObject, news: JsonObject) -> None:
    """Overwrite what is known with the news; null is no news."""
    known.update((name, value) for name, value in news.items() if value is not None or name not in known)


def usage_of(message: JsonObject) -> JsonObject:
    """Return a message's own usage object, which may be changed; a new one where it has none."""
    usage = message.get("usage")
    if not isinstance(usage, dict):
        usage = message["usage"] = {}
    return usage


def malformed(message: str) -> ClaudeStreamError:
    """Make the error for events that make no sense."""
    return ClaudeStreamError(message, error_type=ClaudeStreamError.MALFORMED)
