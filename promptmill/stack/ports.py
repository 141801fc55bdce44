"""Ports on this machine: free ones, and whether something listens."""

import errno
import http.client
import random
import socket
from contextlib import closing

from promptmill.errors import StackError

# Below what systems hand out to outgoing connections, so that a part finds its port again after a restart.
LOWEST, HIGHEST = 20_000, 32_000
TRIES = 200
PROBE_S = 1.0


def require_free(host: str, port: int) -> None:
    """Raise `StackError` if nothing can listen at `host` and `port`."""
    try:
        _bind(host, port)
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
        raise StackError(
            f"port {port} on {host} {why}: choose another with --port, or let one be found with --port 0"
        ) from error


def free_port(host: str) -> int:
    """Return a port on which nothing listens."""
    for port in random.sample(range(LOWEST, HIGHEST), TRIES):
        try:
            _bind(host, port)
        except OSError:
            continue
        return port
    raise StackError(f"found no free port on {host}: choose one with --port")


def answers_http(host: str, port: int, path: str) -> bool:
    """Whether `GET path` is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=PROBE_S)
    with closing(connection):
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def answers_ping(path: str) -> bool:
    """Whether a Redis-like server answers on the Unix socket at `path`."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(path)
            probe.sendall(b"PING\r\n")
            return probe.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _bind(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: what an earlier one left in TIME_WAIT does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)
