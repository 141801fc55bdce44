"""Server-sent events: the frames of an answer, played at a pace, with faults at the places asked for."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from sandbox.exchange import Exchange
from sandbox.faults import stream_error
from sandbox.reply import Reply
from sandbox.script import Directive, Plan

EVENT_STREAM = "text/event-stream; charset=utf-8"
SHORTEST_WAIT_S = 0.005
PING = {"type": "ping"}
PING_EVERY_S = 1.0
DEFAULT_AFTER = 3
FOREVER_S = 86_400.0
BREAKS = ("cut", "eof", "stall", "malformed", "error-event", "unknown-event")


@dataclass(frozen=True, slots=True)
class Frame:
    """One event; `delta` if it carries a piece of the answer itself (thinking is none)."""

    event: str
    data: object
    delta: bool = False

    def encoded(self) -> bytes:
        """Return the event in its wire framing."""
        return b"event: %b\ndata: %b\n\n" % (self.event.encode(), msgspec.json.encode(self.data))


def frames_of(reply: Reply) -> Iterator[Frame]:
    """Return the events of a message, in the order the API sends them."""
    start = reply.message() | {"content": [], "stop_reason": None, "stop_sequence": None}
    start["usage"] = reply.usage() | {"output_tokens": 1}
    start.pop("stop_details", None)
    yield Frame("message_start", {"type": "message_start", "message": start})
    if not reply.content:
        yield Frame("ping", PING)
    for index, (block, pieces) in enumerate(zip(reply.content, reply.pieces, strict=True)):
        yield Frame(
            "content_block_start", _numbered("content_block_start", index, "content_block", _opened(block))
        )
        if index == 0:
            yield Frame("ping", PING)
        for delta in _deltas(block, pieces):
            counted = block["type"] != "thinking"
            yield Frame(
                "content_block_delta", _numbered("content_block_delta", index, "delta", delta), delta=counted
            )
        yield Frame("content_block_stop", {"type": "content_block_stop", "index": index})
    end: dict[str, object] = {"stop_reason": reply.stop_reason, "stop_sequence": reply.stop_sequence}
    if reply.stop_details:
        end["stop_details"] = reply.stop_details
    usage = {
        name: value for name, value in reply.usage().items() if name not in {"service_tier", "cache_creation"}
    }
    yield Frame("message_delta", {"type": "message_delta", "delta": end, "usage": usage})
    yield Frame("message_stop", {"type": "message_stop"})


class Player:
    """Sends frames over one exchange, at so many deltas a second, and breaks where the plan says so."""

    def __init__(self, exchange: Exchange, plan: Plan, *, token_rate: float, legacy: bool = False) -> None:
        self._exchange = exchange
        self._plan = plan
        self._pause_s = 1 / token_rate if token_rate else 0.0
        self._legacy = legacy
        self._buffer = bytearray()
        self._owed_s = 0.0
        self._breaks = self._planned_breaks()

    async def play(self, frames: Iterable[Frame]) -> bool:
        """Send all frames; tells whether the answer came to its proper end."""
        self._exchange.start(EVENT_STREAM, {"cache-control": "no-cache"})
        deltas = 0
        for frame in frames:
            ending = frame.event == "message_delta" or (frame.event == "completion" and not frame.delta)
            if frame.delta or ending:
                due = [one for at, one in self._breaks if at == deltas or ending]
                self._breaks = [(at, one) for at, one in self._breaks if one not in due]
                for directive in due:
                    if not await self._break(directive, frame):
                        return False
            if frame.delta:
                deltas += 1
                self._owed_s += self._pause_s
            self._put(frame.encoded())
            if self._owed_s >= SHORTEST_WAIT_S:
                await self._flush()
                owed, self._owed_s = self._owed_s, 0.0
                await asyncio.sleep(owed)
        await self._flush()
        self._exchange.finish()
        return True

    def _planned_breaks(self) -> list[tuple[int, Directive]]:
        found = [self._plan.get(name) for name in BREAKS]
        return [(int(one.number("after", DEFAULT_AFTER)), one) for one in found if one is not None]

    async def _break(self, directive: Directive, frame: Frame) -> bool:
        await self._flush()
        if directive.name == "cut":
            await self._exchange.cut(frame.encoded()[:-8])
        elif directive.name == "eof":
            self._exchange.finish()
        elif directive.name == "error-event":
            await self._send_error(directive)
        elif directive.name == "malformed":
            await self._exchange.send(frame.encoded()[:-10] + b"\n\n")
            return True
        elif directive.name == "unknown-event":
            await self._exchange.send(Frame("weather", {"type": "weather", "sky": "grey"}).encoded())
            return True
        else:
            await self._stall(directive)
            return True
        return False

    async def _send_error(self, directive: Directive) -> None:
        error = stream_error(directive).error()
        data = {"error": error} if self._legacy else {"type": "error", "error": error}
        await self._exchange.send(Frame("error", data).encoded())
        self._exchange.finish()

    async def _stall(self, directive: Directive) -> None:
        left = directive.option("for", FOREVER_S)
        if "pings" not in directive.words:
            await asyncio.sleep(left)
        while left > 0 and "pings" in directive.words:
            await self._exchange.send(Frame("ping", PING).encoded())
            await asyncio.sleep(min(left, PING_EVERY_S))
            left -= PING_EVERY_S

    def _put(self, event: bytes) -> None:
        if self._plan.get("crlf"):
            event = event.replace(b"\n", b"\r\n")
        self._buffer += event

    async def _flush(self) -> None:
        if not self._buffer:
            return
        whole, self._buffer = bytes(self._buffer), bytearray()
        if not self._plan.get("bytes"):
            await self._exchange.send(whole)
            return
        for at in range(len(whole)):
            await self._exchange.send(whole[at : at + 1])
            await asyncio.sleep(0)


def _numbered(kind: str, index: int, name: str, value: object) -> dict[str, object]:
    return {"type": kind, "index": index, name: value}


def _opened(block: dict[str, object]) -> dict[str, object]:
    empty: dict[str, dict[str, object]] = {
        "text": {"text": ""},
        "thinking": {"thinking": "", "signature": ""},
        "tool_use": {"input": {}},
    }
    return block | empty[str(block["type"])]


def _deltas(block: dict[str, object], pieces: list[str]) -> Iterator[dict[str, object]]:
    kind = block["type"]
    for piece in pieces:
        if kind == "text":
            yield {"type": "text_delta", "text": piece}
        elif kind == "thinking":
            yield {"type": "thinking_delta", "thinking": piece}
        else:
            yield {"type": "input_json_delta", "partial_json": piece}
    if kind == "thinking":
        yield {"type": "signature_delta", "signature": block["signature"]}
