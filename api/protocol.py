"""How a connection speaks HTTP: as uvicorn has it, with bounds on heads and on the number of connections."""

import asyncio
from dataclasses import dataclass
from enum import Enum

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 << 10
HEAD_TIMEOUT_S = 30.0
MOST_CONNECTIONS = 2000
REFUSED_AT_ONCE = 100  # connections past the bound that are still told so; those past these are hung up on
REFUSAL_TIMEOUT_S = 2.0
STALL_TIMEOUT_S = 30.0  # of a caller who does not read what is sent
FAULT = "protocol_fault"
"""Where a request's state has its `Fault`, if it has one."""


class Fault(Enum):
    """What is wrong with a request as such; `api.doorkeeper` tells the caller, in the caller's dialect."""

    OVERDRAWN = "its connection is one too many"
    UPGRADES = "it wants to become a websocket"
    OVERLONG = "its head is too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a process takes on."""

    connections: int = MOST_CONNECTIONS
    head_timeout_s: float = HEAD_TIMEOUT_S
    stall_timeout_s: float = STALL_TIMEOUT_S


class BoundedHttpProtocol(HttpToolsProtocol):
    """Ends a connection whose head, or whose trailers, grow without end, or whose caller does not read.

    Uvicorn bounds neither, and keeps what has come so far in memory.
    """

    bounds = Bounds()
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _stall_timer: asyncio.TimerHandle | None = None
    _is_overdrawn = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Wait for a head."""
        super().connection_made(transport)
        over = len(self.connections) - self.bounds.connections
        if over > REFUSED_AT_ONCE:
            transport.abort()
            return
        self._is_overdrawn = over > 0
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        self._stop_stall_timer()
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
        """Note that the head has ended, and what of it the app could not know."""
        self._end_head()
        if fault := self._fault():
            self.scope["state"][FAULT] = fault
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Note that this was no head."""
        self._end_head()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Note that the request has ended."""
        self._end_head()
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Stop the answer while the caller does not read; one who takes nothing for long is cut off.

        Closing would wait for ever for what has been written so far to be read.
        """
        super().pause_writing()
        self._stall_timer = self.loop.call_later(self.bounds.stall_timeout_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with the answer."""
        self._stop_stall_timer()
        super().resume_writing()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: uvicorn would suggest a library that makes websockets possible."""

    def _fault(self) -> Fault | None:
        if self._is_overdrawn:
            return Fault.OVERDRAWN
        # One that came whole within a single read was over before its size could be noticed.
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_HEAD_BYTES:
            return Fault.OVERLONG
        return Fault.UPGRADES if self._get_upgrade() == b"websocket" else None

    def _end_head(self) -> None:
        self._head_bytes = 0
        self._stop_timer()

    def _start_timer(self) -> None:
        timeout_s = REFUSAL_TIMEOUT_S if self._is_overdrawn else self.bounds.head_timeout_s
        self._head_timer = self.loop.call_later(timeout_s, self.transport.close)

    def _stop_stall_timer(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def bounded_by(bounds: Bounds) -> type[BoundedHttpProtocol]:
    """Return the protocol with `bounds`; uvicorn makes one for each connection, and takes a class only."""
    return type("BoundedHttpProtocol", (BoundedHttpProtocol,), {"bounds": bounds})
