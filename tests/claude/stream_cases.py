"""Streams that have something of everything, and how they are read to their end."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from claude.answer import Answer
from claude.assembly import MessageAssembler
from claude.events import StreamEvent
from claude.request import WireRequest
from claude.stream import EventReader
from tests.claude.requests_to_send import STREAM, message_request
from tests.claude.scripted_server import sse

Events = Sequence[dict[str, Any]]

START = STREAM[0]
ENDING = STREAM[-2:]

RICH: Events = (
    START,
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "thinking", "thinking": "", "signature": ""},
    },
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm"}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "mm."}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "sig=="}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "content_block_start",
        "index": 1,
        "content_block": {"type": "text", "text": "", "citations": []},
    },
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "citations_delta", "citation": {"cited_text": "a"}},
    },
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "It is"}},
    {"type": "some_new_event", "anything": [1, 2]},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": " so."}},
    {"type": "content_block_stop", "index": 1},
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}},
    },
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": ""}},
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": '{"n": 1e'},
    },
    {"type": "content_block_delta", "index": 2, "delta": {"type": "input_json_delta", "partial_json": "2}"}},
    {"type": "content_block_stop", "index": 2},
    {
        "type": "content_block_start",
        "index": 3,
        "content_block": {"type": "web_search_tool_result", "content": [{"u": 1}]},
    },
    {"type": "content_block_stop", "index": 3},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 5},
    },
    {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 9, "input_tokens": None}},
    {"type": "message_stop"},
)


def run(body: Iterable[bytes], request: WireRequest | None = None) -> tuple[list[StreamEvent], Answer]:
    """Read a stream to its end, as the client does."""
    request = request or message_request(stream=True)
    reader, assembler, events = EventReader(request.api), MessageAssembler(request), []
    for piece in body:
        for event in reader.feed(piece):
            assembler.feed(event)
            events.append(event)
    reader.end()
    return events, assembler.answer(request_id=None)


def assembled(events: Events, request: WireRequest | None = None) -> dict[str, Any]:
    return json.loads(run([sse(*events)], request)[1].body)
