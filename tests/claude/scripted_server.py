"""A real HTTP server on a real socket that answers what it was told to, byte for byte."""

import contextlib
import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum


class Act(Enum):
    """What the server does between two parts of an answer."""

    RESET = "breaks the connection off"
    HANG = "says nothing more until the test is over"


@dataclass(frozen=True)
class Received:
    """A request as it came over the wire."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is written back, part by part."""

    parts: Sequence[bytes | Act]
    keep_alive: bool = False


def reply(
    body: bytes | str | dict[str, object],
    *,
    status: int = 200,
    content_type: str = "application/json",
    **headers: str,
) -> Reply:
    if isinstance(body, dict):
        body = json.dumps(body)
    content = body.encode() if isinstance(body, str) else body
    named = {"content-type": content_type, "content-length": str(len(content)), **headers}
    return Reply([head(status, named), content], keep_alive=True)


def stream_reply(*parts: bytes | Act, **headers: str) -> Reply:
    named = {"content-type": "text/event-stream; charset=utf-8", "connection": "close", **headers}
    return Reply([head(200, named), *parts])


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{n.replace('_', '-')}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def sse(*events: dict[str, object]) -> bytes:
    return b"".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events)


@dataclass
class ScriptedServer:
    """Gives each request the next of `replies`, and the last one again when they run out."""

    replies: deque[Reply] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        self._is_over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._is_over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=[connection])
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(0.05)
        with (
            connection,
            contextlib.suppress(OSError),
            contextlib.closing(self._requests(connection)) as requests,
        ):
            for request in requests:
                self.received.append(request)
                answer = self.replies.popleft() if len(self.replies) > 1 else self.replies[0]
                self._answer(connection, answer)
                if not answer.keep_alive:
                    return

    def _answer(self, connection: socket.socket, answer: Reply) -> None:
        for part in answer.parts:
            if part is Act.HANG:
                self._is_over.wait()
            elif part is Act.RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise ConnectionAbortedError
            else:
                connection.sendall(part)

    def _requests(self, connection: socket.socket) -> Iterator[Received]:
        data = b""
        while not self._is_over.is_set():
            request, data = _first_request(data)
            if request is not None:
                yield request
                continue
            try:
                more = connection.recv(65536)
            except TimeoutError:
                continue
            if not more:
                return
            data += more


def _first_request(data: bytes) -> tuple[Received | None, bytes]:
    before, separator, rest = data.partition(b"\r\n\r\n")
    line, *fields = before.decode().split("\r\n")
    headers = (
        {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
        if separator
        else {}
    )
    size = int(headers.get("content-length", 0))
    if not separator or len(rest) < size:
        return None, data
    return Received(line, headers, rest[:size]), rest[size:]
