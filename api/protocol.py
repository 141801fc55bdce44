"""How a connection speaks HTTP: as uvicorn has it, with an end to how long and how slow a head may be."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 << 10
HEAD_TIMEOUT_S = 30.0


class BoundedHttpProtocol(HttpToolsProtocol):
    """Ends a connection whose head, or whose trailers, grow without end or never come to one.

    Uvicorn bounds neither, and keeps what has come so far in memory.
    """

    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Wait for a head."""
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in `data`; what the parser makes nothing of yet belongs to a head."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response(f"The request's head is larger than {MOST_HEAD_BYTES >> 10} KB.")
        elif self._head_bytes and self._head_timer is None:
            self._start_timer()

    def on_headers_complete(self) -> None:
        """Note that the head has ended."""
        self._end_head()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Note that this was no head."""
        self._end_head()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request has ended."""
        self._end_head()
        super().on_message_complete()

    def _end_head(self) -> None:
        self._head_bytes = 0
        self._stop_timer()

    def _start_timer(self) -> None:
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT_S, self.transport.close)

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
