"""Serves the app: one socket, one event loop, a sentence when ready, a graceful end on a signal."""

import resource
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from litestar.types import ASGIApp

from api.protocol import Bounds, bounded_by
from jobs.errors import SettingError
from jobs.garbage import collect_rarely

BACKLOG = 2048
GRACE_S = 10  # for answers under way when a signal comes
KEEP_ALIVE_S = 30
OTHER_FILES = 256  # beside one for each connection


class ApiServer(uvicorn.Server):
    """Uvicorn, but for what it says when it is ready and how it takes a signal."""

    def __init__(self, app: ASGIApp, listener: socket.socket, *, bounds: Bounds) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http=bounded_by(bounds),
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=GRACE_S,
            )
        )
        self._listener = listener
        _allow_files(bounds.connections + OTHER_FILES)

    def serve_until_signal(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is under way and return."""
        self.run(sockets=[self._listener])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say on standard output that connections are accepted."""
        await super().startup(sockets)
        collect_rarely()
        sys.stdout.write(f"ready {url_of(self._listener)}\n")
        sys.stdout.flush()  # a launcher waits for this line

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take signals as requests to stop; uvicorn would raise them again at the end, and exit by them."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _stop(self, number: int, _: FrameType | None) -> None:
        # A second Ctrl-C does not wait for answers under way.
        self.force_exit = self.should_exit and number == signal.SIGINT
        self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there; raises `SettingError` if that cannot be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        raise SettingError(
            f"PROMPTMILL_HOST and PROMPTMILL_PORT: cannot listen on {host}:{port}: {error.strerror}"
        ) from None
    return listener


def _allow_files(count: int) -> None:
    """Raise this process' own limit on open files, where the system lets it, or connections would fail."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def url_of(listener: socket.socket) -> str:
    """Return the listener's address as an HTTP URL."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
