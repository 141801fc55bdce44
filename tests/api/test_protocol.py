"""What a connection may do before its request is one."""

import socket
from contextlib import suppress

import pytest

from api.protocol import MOST_HEAD_BYTES

GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n"


@pytest.fixture
def connection(refusing):
    place = (refusing.base_url.host, refusing.base_url.port)
    with socket.create_connection(place, timeout=10) as connection:
        yield connection


def answer_to(connection, *sent):
    for part in sent:
        connection.sendall(part)
    return connection.recv(1 << 16)


@pytest.mark.parametrize("begun", [GET + b"x-long: ", b"GET /v1/jobs?model="], ids=["header", "query"])
def test_a_head_without_end_is_refused(connection, begun):
    assert answer_to(connection, begun, b"a" * MOST_HEAD_BYTES).startswith(b"HTTP/1.1 400 ")


def test_a_long_head_within_the_bound_is_taken(connection):
    header = b"x-long: " + b"a" * (MOST_HEAD_BYTES // 2) + b"\r\n"
    assert answer_to(connection, GET, header, b"\r\n").startswith(b"HTTP/1.1 200 ")


def test_trailers_without_end_are_refused(connection):
    head = b"POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n"
    json = b"content-type: application/json\r\n\r\n"
    # More than one read of the server holds: what comes in the same read as the body is not counted.
    trailer = b"0\r\nx-long: " + b"a" * (16 * MOST_HEAD_BYTES)
    with suppress(ConnectionError):  # it may hang up before all of it is sent
        connection.sendall(head + json + b"2\r\n{}\r\n" + trailer)
    assert connection.recv(1 << 16).startswith(b"HTTP/1.1 400 ")
