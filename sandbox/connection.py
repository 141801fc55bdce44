"""One HTTP/1.1 connection: bytes in, exchanges out, one after the other."""

import asyncio
import socket
import struct
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

import httptools

from sandbox.exchange import Exchange, Request

Handler = Callable[[Exchange], Awaitable[None]]
RESET = struct.pack("ii", 1, 0)
MAX_HEADER_BYTES = 65_536
MAX_PIPELINED = 64
ON_THE_WIRE_S = 0.005


class Connection(asyncio.Protocol):
    """Parses requests and hands them to `handle` in order; a client that goes away cancels its handler."""

    def __init__(self, *, handle: Handler, body_limit: Callable[[str], int]) -> None:
        self._handle = handle
        self._body_limit = body_limit
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Exchange] = deque()
        self._task: asyncio.Task[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._transport = cast("asyncio.Transport", None)
        self._request = Request()
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  the reason does not matter here
        """Stop working for a client that is gone."""
        self._waiting.clear()
        self._writable.set()
        if self._task is not None:
            self._task.cancel()

    def pause_writing(self) -> None:
        """Make senders wait: the client reads slower than we write."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let senders go on."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Feed the parser; bytes that are not HTTP end the connection."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        except httptools.HttpParserError:
            self._refuse(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    def on_message_begin(self) -> None:
        """Start a new request."""
        self._request = Request()
        self._header_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._request.target += url
        self._count_header(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header; names are kept in lower case."""
        self._request.headers[name.lower()] = value
        self._count_header(len(name) + len(value))

    def on_headers_complete(self) -> None:
        """Set the body's limit by the path and invite a client that waits to be asked for its body."""
        request = self._request
        request.open(self._parser.get_method(), self._body_limit)
        if request.headers.get(b"expect", b"").lower() == b"100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body; past the limit it is thrown away, so that the client still hears why."""
        self._request.take(body)

    def on_message_complete(self) -> None:
        """Queue the request and see that someone works on the queue."""
        self._request.keep_alive = self._parser.should_keep_alive()
        self._waiting.append(Exchange(self._request, self))
        if len(self._waiting) > MAX_PIPELINED:
            self._transport.pause_reading()
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        try:
            while self._waiting:
                exchange = self._waiting.popleft()
                await self._handle(exchange)
                if not exchange.request.keep_alive:
                    self._transport.close()
                    return
                if len(self._waiting) == MAX_PIPELINED:
                    self._transport.resume_reading()
        except Exception:  # noqa: BLE001  a fault of ours: shown on stderr, and the client sees the line drop
            traceback.print_exc()
            self._transport.abort()
        finally:
            self._task = None

    def write(self, data: bytes) -> None:
        """Send bytes, or drop them if the client is gone."""
        if not self._transport.is_closing():
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the client has room for more."""
        await self._writable.wait()

    async def flush(self) -> None:
        """Wait until everything written has left this process."""
        if not self._transport.is_closing():
            self._transport.set_write_buffer_limits(high=0)
        await self._writable.wait()
        await asyncio.sleep(ON_THE_WIRE_S)

    def close(self) -> None:
        """End the connection in the orderly way (FIN)."""
        self._transport.close()

    def reset(self) -> None:
        """End the connection the hard way (RST)."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._transport.abort()

    def _count_header(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADER_BYTES:
            raise ValueError("the headers are too large")

    def _refuse(self, answer: bytes) -> None:
        self.write(answer)
        self._transport.close()
