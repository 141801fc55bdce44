"""The border for everything that httpx and aiohttp raise: each becomes our own error, by table."""

import ssl

import aiohttp
import httpx

from claude.errors import ClaudeConnectionError, ConnectionFault

FAULTS: dict[type[BaseException], ConnectionFault] = {
    aiohttp.ConnectionTimeoutError: ConnectionFault.CONNECT_TIMEOUT,
    aiohttp.SocketTimeoutError: ConnectionFault.STALLED,
    aiohttp.ServerTimeoutError: ConnectionFault.STALLED,
    aiohttp.ClientConnectorError: ConnectionFault.UNREACHABLE,
    aiohttp.ServerFingerprintMismatch: ConnectionFault.UNREACHABLE,
    aiohttp.ClientHttpProxyError: ConnectionFault.UNREACHABLE,
    aiohttp.ClientConnectionError: ConnectionFault.DISCONNECTED,
    aiohttp.ClientPayloadError: ConnectionFault.DISCONNECTED,
    aiohttp.ClientError: ConnectionFault.PROTOCOL,
    httpx.ConnectTimeout: ConnectionFault.CONNECT_TIMEOUT,
    httpx.PoolTimeout: ConnectionFault.CONNECT_TIMEOUT,
    httpx.TimeoutException: ConnectionFault.STALLED,
    httpx.ConnectError: ConnectionFault.UNREACHABLE,
    httpx.ProxyError: ConnectionFault.UNREACHABLE,
    httpx.NetworkError: ConnectionFault.DISCONNECTED,
    httpx.RemoteProtocolError: ConnectionFault.DISCONNECTED,
    httpx.TransportError: ConnectionFault.PROTOCOL,
    httpx.RequestError: ConnectionFault.PROTOCOL,
    httpx.HTTPError: ConnectionFault.PROTOCOL,
    httpx.StreamError: ConnectionFault.PROTOCOL,
    httpx.InvalidURL: ConnectionFault.PROTOCOL,
    httpx.CookieConflict: ConnectionFault.PROTOCOL,
    ssl.SSLError: ConnectionFault.UNREACHABLE,
    TimeoutError: ConnectionFault.STALLED,
    OSError: ConnectionFault.DISCONNECTED,
    ValueError: ConnectionFault.PROTOCOL,
}
"""What each exception means; a class that is not listed means what its nearest listed ancestor does."""

CAUGHT = (
    aiohttp.ClientError,
    httpx.HTTPError,
    httpx.StreamError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    OSError,
    ValueError,
)
"""What the libraries are known to let out; the keys of FAULTS all fall under one of these."""

SAYINGS = {
    ConnectionFault.UNREACHABLE: "cannot connect to {host}",
    ConnectionFault.CONNECT_TIMEOUT: "cannot connect to {host} in time",
    ConnectionFault.CALL_TIMEOUT: "{host} did not answer in time",
    ConnectionFault.STALLED: "{host} fell silent",
    ConnectionFault.DISCONNECTED: "the connection to {host} broke before the answer was whole",
    ConnectionFault.PROTOCOL: "{host} could not be spoken to",
}


def connection_error(
    error: BaseException, *, host: str, request_id: str | None = None
) -> ClaudeConnectionError:
    """Translate what a library raised while it talked to `host`; chain it with `raise ... from`."""
    fault = fault_of(error)
    reason = str(error) or type(error).__name__
    message = f"{SAYINGS[fault].format(host=host)}: {reason}"
    return ClaudeConnectionError(fault, message, request_id=request_id)


def fault_of(error: BaseException) -> ConnectionFault:
    """Say what an exception means, by the nearest of its classes in the table."""
    for ancestor in type(error).__mro__:
        if ancestor in FAULTS:
            return FAULTS[ancestor]
    return ConnectionFault.PROTOCOL
