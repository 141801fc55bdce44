"""One request and the means to answer it: whole, in pieces, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from collections.abc import Callable

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    413: "Payload Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
JSON = "application/json"


class Line(Protocol):
    """What an exchange needs of its connection."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    async def drain(self) -> None:
        """Wait for room."""

    async def flush(self) -> None:
        """Wait until all is sent."""

    def close(self) -> None:
        """End in the orderly way."""

    def reset(self) -> None:
        """End the hard way."""


class Request:
    """What the client sent."""

    __slots__ = ("_limit", "_parts", "_size", "headers", "keep_alive", "method", "path", "query", "target")

    def __init__(self) -> None:
        self.target = b""
        self.method = ""
        self.path = ""
        self.query = ""
        self.headers: dict[bytes, bytes] = {}
        self.keep_alive = True
        self._parts: list[bytes] = []
        self._size = 0
        self._limit = 0

    def open(self, method: bytes, body_limit: Callable[[str], int]) -> None:
        """Take the request line apart, now that the head is whole."""
        path, _, query = self.target.decode("latin-1").partition("?")
        self.method = method.decode("latin-1")
        self.path = unquote(path) if "%" in path else path
        self.query = query
        self._limit = body_limit(self.path)

    def take(self, piece: bytes) -> None:
        """Keep a piece of the body while it is within its limit."""
        self._size += len(piece)
        if self.too_large:
            self._parts.clear()
        else:
            self._parts.append(piece)

    @property
    def too_large(self) -> bool:
        """Whether the body went past the limit of its path."""
        return self._size > self._limit

    def body(self) -> bytes:
        """Return the body, and let go of it."""
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts = []
        return body

    def header(self, name: bytes) -> str:
        """Return a header's value, or an empty string."""
        return self.headers.get(name, b"").decode("latin-1")

    def parameters(self) -> dict[str, list[str]]:
        """Return the query's parameters."""
        return parse_qs(self.query, keep_blank_values=True)


class Exchange:
    """One request and its answer; `common` headers go with any answer; a `lost` one is never sent."""

    __slots__ = ("_line", "common", "lost", "request", "status")

    def __init__(self, request: Request, line: Line) -> None:
        self.request = request
        self._line = line
        self.common: dict[str, str] = {}
        self.status = 0
        self.lost = False

    def respond(
        self,
        status: int,
        body: bytes,
        *,
        content_type: str = JSON,
        headers: dict[str, str] | None = None,
        promised: int | None = None,
    ) -> None:
        """Send a whole answer; `promised` is a `content-length` that is not the truth."""
        length = len(body) if promised is None else promised
        head = self._head(status, content_type, f"content-length: {length}", headers)
        self._write(head + (b"" if self.request.method == "HEAD" else body))

    def start(self, content_type: str, headers: dict[str, str] | None = None) -> None:
        """Begin an answer that is sent in pieces."""
        self._write(self._head(200, content_type, "transfer-encoding: chunked", headers))

    async def send(self, piece: bytes) -> None:
        """Send one piece, and wait if the client is slow."""
        self._write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await self._line.drain()

    def finish(self) -> None:
        """End an answer that was sent in pieces."""
        self._write(b"0\r\n\r\n")

    async def cut(self, piece: bytes = b"") -> None:
        """Send the beginning of a longer piece and reset the connection."""
        if piece:
            self._write(b"%x\r\n%b" % (len(piece) * 2, piece))
        await self._line.flush()
        self.request.keep_alive = False
        self._line.reset()

    async def hang_up(self) -> None:
        """Close the connection in the orderly way, whatever was promised."""
        await self._line.flush()
        self.request.keep_alive = False
        self._line.close()

    def _write(self, data: bytes) -> None:
        if not self.lost:
            self._line.write(data)

    def _head(self, status: int, content_type: str, length: str, headers: dict[str, str] | None) -> bytes:
        self.status = status
        lines = [
            f"HTTP/1.1 {status} {REASONS.get(status, 'Error')}\r\ncontent-type: {content_type}\r\n{length}"
        ]
        lines += [f"{name}: {value}" for name, value in self.common.items()]
        if headers:
            lines += [f"{name}: {value}" for name, value in headers.items()]
        if not self.request.keep_alive:
            lines.append("connection: close")
        lines.append("\r\n")
        return "\r\n".join(lines).encode("latin-1")
