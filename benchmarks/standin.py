"""The upstream of all benchmarks: answers every call at once with the same bytes, plain or streamed.

It reads no JSON and keeps nothing but counts, so that it is never what is measured: the tables say how many
calls a second it answers to a client that does nothing else. On request it answers late, holds its answers
back until it is told to give them, or sends the events of a stream a few at a time.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import uvloop

MODEL = "claude-haiku-4-5"
WORDS = 100  # deltas of a streamed answer
MARK = b"marked"  # in the prompt of a call whose arrival is noted
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
FILE = {
    "id": "file-standin",
    "object": "file",
    "bytes": 1,
    "created_at": 1,
    "filename": "batch.jsonl",
    "purpose": "batch",
    "status": "processed",
}
BATCH = {
    "id": "batch_standin",
    "object": "batch",
    "endpoint": "/v1/chat/completions",
    "input_file_id": "file-standin",
    "completion_window": "24h",
    "status": "validating",
    "created_at": 1,
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
EVENT_STREAM = "text/event-stream; charset=utf-8"


def _response(kind: str, body: str) -> bytes:
    return (HEAD.format(kind=kind, length=len(body)) + body).encode()


def _json(content: object) -> bytes:
    return _response("application/json", json.dumps(content))


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
STREAMED_HEAD = HEAD.format(kind=EVENT_STREAM, length=sum(map(len, EVENTS))).encode()
STREAMED = STREAMED_HEAD + "".join(EVENTS).encode()
APART = 4  # events in each write of a stream that does not come at once
FEWS = ["".join(EVENTS[first : first + APART]).encode() for first in range(0, len(EVENTS), APART)]
STREAM_MARKS = (b'"stream":true', b'"stream": true')
PLAIN, FILED, BATCHED = _json(MESSAGE), _json(FILE), _json(BATCH)


@dataclass
class Desk:
    """What all connections share: how answers are given, and what was counted."""

    is_holding: bool
    is_apart: bool
    delay_s: float
    calls: int = 0
    arrivals: list[float] = field(default_factory=list)
    held: list[Callable[[], None]] = field(default_factory=list)
    paced: set[asyncio.Task[None]] = field(default_factory=set)

    def control(self, path: bytes) -> bytes:
        """Answer those who run the benchmark."""
        if path == b"/release":
            waiting, self.held = self.held, []
            for give in waiting:
                give()
        told = _json({"calls": self.calls, "held": len(self.held), "arrivals": self.arrivals})
        if path == b"/forget":
            self.calls, self.arrivals = 0, []
        return told

    def take(self, path: bytes, body: bytes, transport: asyncio.Transport) -> None:
        """Take in one call."""
        self.calls += 1
        if MARK in body[:1000]:
            self.arrivals.append(time.monotonic())

        def give() -> None:
            self._give(path, body, transport)

        if self.is_holding:
            self.held.append(give)
        elif self.delay_s:
            asyncio.get_running_loop().call_later(self.delay_s, give)
        else:
            give()

    def _give(self, path: bytes, body: bytes, transport: asyncio.Transport) -> None:
        if path.endswith(b"/files"):
            transport.write(FILED)
        elif path.endswith(b"/batches"):
            transport.write(BATCHED)
        elif not any(mark in body for mark in STREAM_MARKS):
            transport.write(PLAIN)
        elif self.is_apart:
            task = asyncio.get_running_loop().create_task(_give_apart(transport))
            self.paced.add(task)
            task.add_done_callback(self.paced.discard)
        else:
            transport.write(STREAMED)


async def _give_apart(transport: asyncio.Transport) -> None:
    transport.write(STREAMED_HEAD)
    for few in FEWS:
        transport.write(few)
        await asyncio.sleep(0)  # the transport sends when the loop turns


class StandIn(asyncio.Protocol):
    """One connection, on which calls come one after another."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._received = bytearray()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as it is
        """Keep the transport to answer on."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every call that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._received[:end])
            size = end + 4 + _content_length(head.lower())
            if len(self._received) < size:
                return
            body = bytes(self._received[end + 4 : size])
            del self._received[:size]
            method, path, _ = head.split(b" ", 2)
            if method == b"GET":
                self._transport.write(self._desk.control(path))
            else:
                self._desk.take(path, body, self._transport)


def _content_length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def _serve(port: int, desk: Desk) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: StandIn(desk), "127.0.0.1", port, backlog=8192)
    print(f"ready http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--core", type=int, help="run on this core alone")
    parser.add_argument("--hold", action="store_true", help="answer when GET /release asks for it")
    parser.add_argument("--apart", action="store_true", help="send the events of a stream a few at a time")
    parser.add_argument("--delay-ms", type=float, default=0)
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    shared = Desk(is_holding=options.hold, is_apart=options.apart, delay_s=options.delay_ms / 1000)
    uvloop.run(_serve(options.port, shared))
