"""Chunks on their way to a caller, framed as OpenAI frames them: data only, and a word at the end."""

from collections.abc import Iterable

import msgspec

from api.errors import Refusal
from api.openai.errors import render_error
from claude.chat.chunks import ChunkTranslator
from claude.events import read_event

DONE = b"data: [DONE]\n\n"
AWAKE = b": keep-alive\n\n"
"""Keeps the way open while nothing comes; no client sees it."""


def framed(events: Iterable[str], translator: ChunkTranslator) -> bytes:
    """Return what Claude's events are in OpenAI's format; nothing for some."""
    chunks = (chunk for data in events for chunk in translator.chunks(read_event(data)))
    return b"".join(b"data: " + msgspec.json.encode(chunk) + b"\n\n" for chunk in chunks)


def error_frame(refusal: Refusal, request_id: str) -> bytes:
    """Return what ends a stream that has failed on its way; the SDKs raise it as an `APIError`."""
    return b"data: " + msgspec.json.encode(render_error(refusal, request_id)) + b"\n\n"
