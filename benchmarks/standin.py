"""The upstream of all benchmarks: answers every call at once with the same bytes, plain or streamed.

It reads no JSON and keeps nothing, so that it is never what is measured; `headroom` in the tables says how
many calls a second it answers to a client that does nothing else.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Iterator

import uvloop

MODEL = "claude-haiku-4-5"
WORDS = 100  # deltas of a streamed answer
MESSAGE = {
    "id": "msg_01StandIn",
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [{"type": "text", "text": "word " * 40}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 250, "output_tokens": 41},
}
HEAD = (
    "HTTP/1.1 200 OK\r\n"
    "content-type: {kind}\r\n"
    "request-id: req_01StandIn\r\n"
    "anthropic-ratelimit-requests-limit: 4000000\r\n"
    "anthropic-ratelimit-requests-remaining: 3999999\r\n"
    "anthropic-ratelimit-requests-reset: 2099-01-01T00:00:00Z\r\n"
    "content-length: {length}\r\n\r\n"
)


def _response(kind: str, body: str) -> bytes:
    return (HEAD.format(kind=kind, length=len(body)) + body).encode()


def _events() -> Iterator[dict[str, object]]:
    yield {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for _ in range(WORDS):
        delta = {"type": "text_delta", "text": "word "}
        yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    stop = {"stop_reason": "end_turn", "stop_sequence": None}
    yield {"type": "message_delta", "delta": stop, "usage": {"output_tokens": WORDS}}
    yield {"type": "message_stop"}


EVENTS = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in _events()]
PLAIN = _response("application/json", json.dumps(MESSAGE))
STREAMED = _response("text/event-stream; charset=utf-8", "".join(EVENTS))
STREAM_MARKS = (b'"stream":true', b'"stream": true')


class StandIn(asyncio.Protocol):
    """One connection, on which calls come one after another."""

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is
        """Keep the transport to answer on."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every call that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            size = end + 4 + _content_length(head)
            if len(self._received) < size:
                return
            body, self._received = self._received[end + 4 : size], self._received[size:]
            is_streamed = any(mark in body for mark in STREAM_MARKS)
            self._transport.write(STREAMED if is_streamed else PLAIN)


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(StandIn, "127.0.0.1", port, backlog=4096)
    print(f"ready http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--core", type=int, help="run on this core alone")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    uvloop.run(_serve(options.port))
