"""What one caller can take of the server, however it goes about it."""

import socket
from contextlib import ExitStack, closing, suppress
from dataclasses import replace

import pytest

from api.protocol import MOST_HEAD_BYTES, REFUSED_AT_ONCE, Bounds
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.access import exchange
from tests.api.conftest import NOWHERE, settings_for
from tests.api.serving import serving
from tests.eventually import until

POST = "POST /v1/jobs HTTP/1.1"
GET = b"GET /v1/jobs HTTP/1.1\r\nhost: localhost\r\n\r\n"
HOST = "host: localhost"
JSON = "content-type: application/json"
MOST_BODY = 1 << 20  # as tests/api/conftest.py has it
CONNECTIONS = 4
UPGRADE = ["connection: Upgrade", "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="]


@pytest.fixture
def small(sqlite_url):
    """Serve an api that takes four connections, and return a function that makes one."""
    settings = replace(settings_for(sqlite_url, NOWHERE))
    with (
        closing(Store(open_engine(sqlite_url))) as store,
        serving(settings, store, bounds=Bounds(connections=CONNECTIONS)) as url,
        ExitStack() as opened,
    ):
        port = int(url.rpartition(":")[2])
        yield lambda: opened.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))


@pytest.fixture(scope="module")
def place(refusing):
    return f"http://{refusing.base_url.host}:{refusing.base_url.port}"


def asked(connection):
    connection.sendall(GET)
    return connection.recv(1 << 16)


def is_answered(connection):
    with suppress(ConnectionError):
        return asked(connection).startswith(b"HTTP/1.1 200 ")
    return False


def test_a_body_that_says_it_is_too_large_is_not_read(place):
    answered = exchange(place, POST, HOST, JSON, f"content-length: {MOST_BODY + 1}")
    assert answered.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_turns_out_too_large_is_not_kept(place):
    block = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    body = block * (MOST_BODY // 0x10000 + 1) + b"0\r\n\r\n"
    answered = exchange(place, POST, HOST, JSON, "transfer-encoding: chunked", body=body)
    assert answered.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "lines",
    [
        ["GET /v1/jobs?model=" + "m" * MOST_HEAD_BYTES + " HTTP/1.1", HOST],
        ["GET /v1/jobs HTTP/1.1", HOST, "x-long: " + "a" * MOST_HEAD_BYTES],
        ["GET /v1/jobs HTTP/1.1", HOST, *[f"x-{n}: a" for n in range(MOST_HEAD_BYTES // 6)]],
    ],
    ids=["line", "header", "headers"],
)
def test_a_head_that_is_too_large_is_refused_in_whatever_part(place, lines):
    assert exchange(place, *lines).split()[1] in {b"400", b"431"}


def test_a_line_of_a_submission_that_is_too_long_is_refused(place):
    line = b'{"request": "' + b"x" * (MOST_BODY - 100) + b'"}\n'
    head = [POST, HOST, "content-type: application/x-ndjson", f"content-length: {len(line)}"]
    assert exchange(place, *head, body=line).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/messages", "/healthz", "/nope"])
def test_a_websocket_is_refused_and_the_connection_closed(place, path):
    head = [f"GET {path} HTTP/1.1", HOST, "upgrade: WebSocket", *UPGRADE]
    answered = exchange(place, *head, until_closed=True)
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert b"websockets are not spoken here" in answered


def test_any_other_upgrade_is_left_alone_as_the_standard_says(place):
    head = ["GET /healthz HTTP/1.1", HOST, "connection: Upgrade, HTTP2-Settings", "upgrade: h2c"]
    assert exchange(place, *head).startswith(b"HTTP/1.1 200 ")


def test_one_connection_too_many_is_told_so_and_closed(small):
    served = [small() for _ in range(CONNECTIONS)]
    assert all(is_answered(connection) for connection in served)
    refused = small()
    answered = asked(refused)
    assert answered.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in answered
    assert b'"type":"overloaded_error"' in answered
    assert refused.recv(1) == b""
    assert all(is_answered(connection) for connection in served)


def test_a_place_that_becomes_free_is_given_to_the_next(small):
    served = [small() for _ in range(CONNECTIONS)]
    assert all(is_answered(connection) for connection in served)
    served[0].close()
    until(lambda: is_answered(small()), "the place to be free", timeout_s=20)


def test_far_too_many_connections_are_hung_up_on(small):
    crowd = [small() for _ in range(CONNECTIONS + REFUSED_AT_ONCE)]
    assert is_answered(crowd[0])

    def is_hung_up_on():
        with suppress(ConnectionError):
            return asked(small()) == b""
        return True

    until(is_hung_up_on, "the server to hang up", timeout_s=20)
    assert is_answered(crowd[0])
