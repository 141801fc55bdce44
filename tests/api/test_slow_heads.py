"""A connection on which no request comes to be is closed after a while; here the while is short."""

import socket
from contextlib import contextmanager

import httpx
import pytest

from api.protocol import Bounds
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.conftest import NOWHERE, settings_for
from tests.api.serving import serving

GET = b"GET /healthz HTTP/1.1\r\nhost: here\r\n"
TRAILER = (
    b"POST /v1/jobs HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n"
    b"content-type: application/json\r\n\r\n2\r\n{}\r\n0\r\nx-late: "
)


@pytest.fixture(scope="module")
def url(sqlite_template, tmp_path_factory):
    path = tmp_path_factory.mktemp("slow") / "promptmill.db"
    path.write_bytes(sqlite_template.read_bytes())
    settings = settings_for(f"sqlite:///{path}", NOWHERE)
    store = Store(open_engine(settings.database_url))
    with serving(settings, store, bounds=Bounds(head_timeout_s=0.2)) as url:
        yield url
    store.close()


@contextmanager
def connection(url):
    place = httpx.URL(url)
    # Fails with a timeout where nobody hangs up.
    with socket.create_connection((place.host, place.port), timeout=20) as connected:
        yield connected


def all_that_comes(connected):
    return b"".join(iter(lambda: connected.recv(1 << 16), b""))


@pytest.mark.parametrize(
    "begun", [b"", b"G", GET, GET + b"x-slow: "], ids=["nothing", "byte", "line", "field"]
)
def test_a_head_that_never_ends_is_hung_up_on(url, begun):
    with connection(url) as connected:
        connected.sendall(begun)
        assert all_that_comes(connected) == b""


def test_trailers_that_never_end_are_hung_up_on(url):
    with connection(url) as connected:
        connected.sendall(TRAILER)
        assert b" 200 " not in all_that_comes(connected)


def test_a_head_that_came_whole_is_answered_and_its_connection_kept_for_the_next(url):
    with connection(url) as connected:
        for _ in range(2):
            connected.sendall(GET + b"\r\n")
            assert connected.recv(1 << 16).startswith(b"HTTP/1.1 200 ")
