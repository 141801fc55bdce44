"""Events on their way to a caller, framed as Anthropic frames them."""

import msgspec

from api.anthropic.errors import render_error
from api.errors import Refusal
from api.results import on_one_line
from claude.events import LEGACY_EVENT

PING = b'event: ping\ndata: {"type": "ping"}\n\n'
"""Keeps the way open while nothing comes; a client skips any number of them."""


class _Event(msgspec.Struct, gc=False):
    type: str = LEGACY_EVENT


_decode_event = msgspec.json.Decoder(_Event).decode


def framed(events: list[str]) -> bytes:
    """Return Claude's events as they are, each with its name and a blank line after it."""
    return b"".join(
        f"event: {_decode_event(data).type}\ndata: {on_one_line(data)}\n\n".encode() for data in events
    )


def error_event(refusal: Refusal, request_id: str) -> bytes:
    """Return what ends a stream that has failed on its way; the SDKs raise it as an `APIStatusError`."""
    body = msgspec.json.encode(render_error(refusal, request_id))
    return b"event: error\ndata: " + body + b"\n\n"
