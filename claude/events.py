"""The events of a streamed answer, read: what each type is made of, as far as it is used."""

from typing import Any, get_args

import msgspec

from claude.errors import ClaudeStreamError
from claude.excerpt import UNREADABLE

JsonObject = dict[str, Any]

LEGACY_EVENT = "completion"
"""The type of the events that may come without one."""


class MessageStart(msgspec.Struct, tag="message_start"):
    """`message_start`: the message without its content."""

    message: JsonObject


class BlockStart(msgspec.Struct, tag="content_block_start"):
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


class BlockDelta(msgspec.Struct, tag="content_block_delta"):
    """`content_block_delta`: a piece of a block."""

    index: int
    delta: Delta


class BlockStop(msgspec.Struct, tag="content_block_stop"):
    """`content_block_stop`: the block is whole."""

    index: int


class MessageDelta(msgspec.Struct, tag="message_delta"):
    """`message_delta`: how the message ended, and its usage so far, which replaces what was known."""

    delta: JsonObject
    usage: JsonObject | None = None
    context_management: JsonObject | None = None


class MessageStop(msgspec.Struct, tag="message_stop"):
    """`message_stop`: the last event."""


class Completion(msgspec.Struct, tag=LEGACY_EVENT):
    """`completion`: the next piece of a legacy completion; the last one has a stop_reason."""

    completion: str | None = None
    stop_reason: str | None = None
    id: str = ""
    model: str = ""


class EventError(msgspec.Struct):
    """What an `error` event says."""

    type: str = "api_error"
    message: str = ""
    details: msgspec.Raw = msgspec.Raw()


class ErrorEvent(msgspec.Struct, tag="error"):
    """`error`: the stream is broken off."""

    error: EventError | None = None
    request_id: str | None = None


KnownEvent = (
    MessageStart | BlockStart | BlockDelta | BlockStop | MessageDelta | MessageStop | Completion | ErrorEvent
)


class StreamEvent(msgspec.Struct, frozen=True):
    """One event of a streamed answer."""

    type: str
    """As `content_block_delta`; types that are not known here are passed on."""
    data: str
    """The event's JSON object, exactly as it came."""
    known: KnownEvent | None
    """What it says; nothing for `ping` and for types that are not known."""


class _Typed(msgspec.Struct):
    type: str = ""


_decode_known = msgspec.json.Decoder[Any](KnownEvent).decode
_decode_type = msgspec.json.Decoder(_Typed).decode
_TYPES: dict[type[KnownEvent], str] = {kind: kind.__struct_config__.tag for kind in get_args(KnownEvent)}
_DECODERS = {name: msgspec.json.Decoder[Any](kind) for kind, name in _TYPES.items()}


def read_event(data: str, *, name: str = LEGACY_EVENT) -> StreamEvent:
    """Read an event's JSON; one that does not tell its type is of the type `name`.

    Raises ClaudeStreamError for a malformed one.
    """
    try:
        known = _decode_known(data)
    except UNREADABLE:
        return _read_unusual(data, name)
    return StreamEvent(_TYPES[type(known)], data, known)


def _read_unusual(data: str, name: str) -> StreamEvent:
    """Read what is of no known type, has none, or is malformed."""
    try:
        name = _decode_type(data).type or name
        decoder = _DECODERS.get(name)
        known = None if decoder is None else decoder.decode(data)
    except UNREADABLE as error:
        raise malformed(f"the stream's {name} event is malformed: {error}") from error
    return StreamEvent(name, data, known)


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
