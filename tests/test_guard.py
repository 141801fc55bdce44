"""The test session itself: it stays on this machine."""

import socket

import pytest


def test_a_connection_off_this_machine_is_refused():
    with socket.socket() as stranger, pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        stranger.connect(("192.0.2.1", 80))


def test_valkey_answers(valkey_url: str):
    port = int(valkey_url.rpartition(":")[2].partition("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"DBSIZE\r\n")
        assert connection.recv(64) == b":0\r\n"
