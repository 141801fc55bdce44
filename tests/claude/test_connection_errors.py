import asyncio
import contextlib
import inspect
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import aiohttp.client_exceptions
import httpx
import pytest

from claude.client import ClaudeClient
from claude.connection_errors import CAUGHT, FAULTS, fault_of
from claude.errors import ClaudeConnectionError, ConnectionFault
from tests.claude.requests_to_send import message_request

HTTPX = {
    httpx.HTTPError: ConnectionFault.PROTOCOL,
    httpx.RequestError: ConnectionFault.PROTOCOL,
    httpx.TransportError: ConnectionFault.PROTOCOL,
    httpx.TimeoutException: ConnectionFault.STALLED,
    httpx.ConnectTimeout: ConnectionFault.CONNECT_TIMEOUT,
    httpx.ReadTimeout: ConnectionFault.STALLED,
    httpx.WriteTimeout: ConnectionFault.STALLED,
    httpx.PoolTimeout: ConnectionFault.CONNECT_TIMEOUT,
    httpx.NetworkError: ConnectionFault.DISCONNECTED,
    httpx.ConnectError: ConnectionFault.UNREACHABLE,
    httpx.ReadError: ConnectionFault.DISCONNECTED,
    httpx.WriteError: ConnectionFault.DISCONNECTED,
    httpx.CloseError: ConnectionFault.DISCONNECTED,
    httpx.ProxyError: ConnectionFault.UNREACHABLE,
    httpx.UnsupportedProtocol: ConnectionFault.PROTOCOL,
    httpx.ProtocolError: ConnectionFault.PROTOCOL,
    httpx.LocalProtocolError: ConnectionFault.PROTOCOL,
    httpx.RemoteProtocolError: ConnectionFault.DISCONNECTED,
    httpx.DecodingError: ConnectionFault.PROTOCOL,
    httpx.TooManyRedirects: ConnectionFault.PROTOCOL,
    httpx.HTTPStatusError: ConnectionFault.PROTOCOL,
    httpx.InvalidURL: ConnectionFault.PROTOCOL,
    httpx.CookieConflict: ConnectionFault.PROTOCOL,
    httpx.StreamError: ConnectionFault.PROTOCOL,
    httpx.StreamConsumed: ConnectionFault.PROTOCOL,
    httpx.StreamClosed: ConnectionFault.PROTOCOL,
    httpx.ResponseNotRead: ConnectionFault.PROTOCOL,
    httpx.RequestNotRead: ConnectionFault.PROTOCOL,
}

NEVER_CONNECTED = {
    aiohttp.ClientConnectorError,
    aiohttp.ClientConnectorDNSError,
    aiohttp.ClientProxyConnectionError,
    aiohttp.ClientConnectorSSLError,
    aiohttp.ClientConnectorCertificateError,
    aiohttp.ClientSSLError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.client_exceptions.UnixClientConnectorError,
    aiohttp.ServerFingerprintMismatch,
    aiohttp.ClientHttpProxyError,
}


def exceptions_of(module: object, root: type[BaseException]) -> set[type[BaseException]]:
    return {found for _, found in inspect.getmembers(module, inspect.isclass) if issubclass(found, root)}


def test_every_exception_of_httpx_has_its_meaning():
    assert exceptions_of(httpx, Exception) == set(HTTPX)
    assert {found: fault_of(found.__new__(found)) for found in HTTPX} == HTTPX


def test_every_exception_of_aiohttps_client_tells_whether_it_ever_connected():
    found = exceptions_of(aiohttp.client_exceptions, aiohttp.ClientError)
    faults = {exception: fault_of(exception.__new__(exception)) for exception in found}
    assert found >= NEVER_CONNECTED
    assert {
        one for one, fault in faults.items() if not ClaudeConnectionError(fault, "").was_sent
    } == NEVER_CONNECTED


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (TimeoutError(), ConnectionFault.STALLED),
        (ConnectionResetError(), ConnectionFault.DISCONNECTED),
        (BrokenPipeError(), ConnectionFault.DISCONNECTED),
        (ssl.SSLCertVerificationError(), ConnectionFault.UNREACHABLE),
        (aiohttp.SocketTimeoutError(), ConnectionFault.STALLED),
        (aiohttp.ServerDisconnectedError(), ConnectionFault.DISCONNECTED),
        (aiohttp.ClientPayloadError(), ConnectionFault.DISCONNECTED),
        (ValueError("x"), ConnectionFault.PROTOCOL),
    ],
)
def test_other_exceptions_mean_what_their_nearest_ancestor_does(error: Exception, fault: ConnectionFault):
    assert fault_of(error) is fault


def test_everything_in_the_table_is_caught_at_the_border():
    assert [known for known in FAULTS if not issubclass(known, CAUGHT)] == []


def failure(url: str, *, connect_timeout_s: float = 10) -> ClaudeConnectionError:
    async def main() -> None:
        client = ClaudeClient(
            base_url=url,
            api_key="k",
            call_timeout_s=20,
            stall_timeout_s=20,
            max_connections=1,
            connect_timeout_s=connect_timeout_s,
        )
        try:
            await client.send(message_request())
        finally:
            await client.aclose()

    with pytest.raises(ClaudeConnectionError) as caught:
        asyncio.run(main())
    return caught.value


def test_a_host_that_does_not_exist_is_unreachable():
    said = failure("http://no-such-host.invalid")
    assert (said.kind, said.was_sent) == (ConnectionFault.UNREACHABLE, False)


def test_a_server_that_does_not_speak_tls_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as pool:
        port = listener.getsockname()[1]
        pool.submit(greet_one, listener)
        said = failure(f"https://127.0.0.1:{port}")
    assert said.kind is ConnectionFault.UNREACHABLE


def greet_one(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"220 mail.example.org ESMTP\r\n")
        connection.recv(65536)


def test_a_host_that_does_not_take_the_connection_is_a_connect_timeout():
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        said = failure(f"http://127.0.0.1:{listener.getsockname()[1]}", connect_timeout_s=0.2)
    assert (said.kind, said.was_sent) == (ConnectionFault.CONNECT_TIMEOUT, False)
