"""One HTTP answer as it arrives: bounded in time and size, its failures translated."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

import aiohttp

from claude.connection_errors import CAUGHT, connection_error
from claude.deadline import Deadline
from claude.errors import ClaudeError, ClaudeResponseError, ClaudeStatusError
from claude.status_errors import status_error

MAX_BODY_BYTES = 128 * 1024 * 1024
"""Several times the longest answer, even as a stream of single tokens."""

MAX_ERROR_BODY_BYTES = 64 * 1024

DRAIN_S = 0.25


class Exchange:
    """The answer to one request, whose headers have come; `host` is for messages."""

    def __init__(self, response: aiohttp.ClientResponse, *, deadline: Deadline, host: str) -> None:
        self._response = response
        self._deadline = deadline
        self._host = host
        self.headers = lower_headers(response.raw_headers)
        self.request_id = self.headers.get("request-id")

    async def body(self) -> bytes:
        """Read the whole body."""
        content = self._response.content
        if content.is_eof() and content.total_bytes <= MAX_BODY_BYTES and content.exception() is None:
            return content.read_nowait()  # it came with its headers, as short answers do
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncGenerator[bytes]:
        """Read the body as it comes; raises ClaudeConnectionError, or ClaudeResponseError if too large."""
        size = 0
        content = self._response.content
        while not content.at_eof():
            try:
                piece = content.read_nowait() if content.is_eof() else await self._next_piece()
            except TimeoutError:
                raise self._deadline.error(self.request_id) from None
            except CAUGHT as error:
                raise connection_error(error, host=self._host, request_id=self.request_id) from error
            size += len(piece)
            if size > MAX_BODY_BYTES:
                message = f"the answer is larger than {MAX_BODY_BYTES} bytes"
                raise ClaudeResponseError(message, request_id=self.request_id)
            yield piece

    async def _next_piece(self) -> bytes:
        with self._deadline.for_byte():
            return await self._response.content.readany()

    async def error(self) -> ClaudeStatusError:
        """Read a little of the body of an answer that is not a 200 and say what it means."""
        body = b""
        with contextlib.suppress(ClaudeError):
            async with aclosing(self.pieces()) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) >= MAX_ERROR_BODY_BYTES:
                        break
        return status_error(self._response.status, self.headers, body)

    async def drain(self) -> None:
        """After the last event: give the body a moment to end, so that its connection can be used again."""
        with contextlib.suppress(ClaudeError, TimeoutError):
            async with asyncio.timeout(DRAIN_S), aclosing(self.pieces()) as pieces:
                async for _ in pieces:
                    pass


def lower_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers with their names in lower case, in a dict: much cheaper to read than a multidict."""
    return {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in raw}
