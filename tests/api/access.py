"""Keys to test with, and the api as its callers' heads reach it."""

import socket
from contextlib import suppress

from jobs.key import Key, Token
from tests.factories import NOW


def made_key(store, tenant="default"):
    """Store a new key of the tenant, and return it as its owner has it."""
    token = Token.make()
    with store.write() as tx:
        tx.keys.add(Key(id=token.id, tenant=tenant, name=None, digest=token.digest(), created_at=NOW))
    return token.text


def bearer(key):
    """Return the head that shows the key as OpenAI's clients do."""
    return {"authorization": f"Bearer {key}"}


def exchange(url, *lines, body=b"", until_closed=False):
    """Send these lines as a head, byte for byte, and return what is answered."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        connection.sendall(head + body)
        answered = connection.recv(1 << 16)
        with suppress(ConnectionError):
            while until_closed and (more := connection.recv(1 << 16)):
                answered += more
        return answered
