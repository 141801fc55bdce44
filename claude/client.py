"""The HTTP client for Claude: thousands of calls in flight on one connection pool."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import httpx

from claude.answer import Answer, limit_headers, read_answer
from claude.answer_stream import AnswerStream
from claude.connection_errors import CAUGHT, connection_error
from claude.deadline import Deadline
from claude.errors import ClaudeConnectionError, ClaudeError, ConnectionFault
from claude.exchange import Exchange
from claude.outgoing import MAX_WHOLE_BYTES, Destination, SlicedBody
from claude.request import PlainRequest, WireRequest
from claude.watchdog import Watchdog

HTTP_OK = 200

CONNECT_TIMEOUT_S = 10.0

IDLE_CONNECTION_S = 30.0
"""Shorter than Claude's edge keeps an idle connection, so that ours is seldom the one that is found dead."""


class ClaudeClient:
    """Sends requests to one base URL with one key; make one per process, close it, share it freely.

    `call_timeout_s` limits a call as a whole, times the `patience` that its request needs;
    `stall_timeout_s` the wait for the next byte: of a stream from the start, of a plain answer once it has
    begun. Redirects are not followed: a 3xx is a ClaudeStatusError.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        call_timeout_s: float,
        stall_timeout_s: float,
        max_connections: int,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> None:
        """Connect to nothing yet; raises MissingKeyError or HeaderError for a key that cannot be used."""
        self._destination = Destination(base_url=base_url, api_key=api_key)
        self._call_timeout_s = call_timeout_s
        self._stall_timeout_s = stall_timeout_s
        self._connect_timeout = aiohttp.ClientTimeout(sock_connect=connect_timeout_s)
        self._max_connections = max_connections
        self._tls = httpx.create_ssl_context()
        self._session: aiohttp.ClientSession | None = None
        self._watchdog = Watchdog()
        self._is_closed = False

    def _open_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._max_connections, keepalive_timeout=IDLE_CONNECTION_S, ssl=self._tls
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._connect_timeout,
            proxy=self._destination.proxy,
        )

    async def send(self, request: WireRequest) -> Answer:
        """Send a request that is not a stream and return the whole answer; raises ClaudeError."""
        async with self._exchange(request) as exchange:
            body = await exchange.body()
            headers = limit_headers(exchange.headers)
            return read_answer(request, body, request_id=exchange.request_id, headers=headers)

    def stream(self, request: WireRequest) -> AnswerStream:
        """Send a request with `stream` set; iterate over the events, inside `contextlib.aclosing`.

        Raises ClaudeError while iterating. Ends without an error only when the answer is whole.
        """
        return AnswerStream(self._exchange(request), request.api)

    async def fetch(self, request: PlainRequest) -> bytes:
        """Send a request that is for no model and return the body of the answer; raises ClaudeError."""
        async with self._exchange(request) as exchange:
            return await exchange.body()

    @asynccontextmanager
    async def _exchange(self, request: WireRequest | PlainRequest) -> AsyncGenerator[Exchange]:
        call_s = self._call_timeout_s * request.patience
        deadline = Deadline(self._watchdog, call_s=call_s, stall_s=self._stall_timeout_s)
        host = self._destination.host
        if self._is_closed:
            raise ClaudeConnectionError(ConnectionFault.UNREACHABLE, "the client was closed")
        try:
            with deadline.for_byte() if request.stream else deadline.for_answer():
                response = await self._call(request)
        except aiohttp.ServerTimeoutError as error:  # a TimeoutError too, but of the connection
            raise connection_error(error, host=host) from error
        except TimeoutError:
            raise deadline.error(None) from None
        except CAUGHT as error:
            raise connection_error(error, host=host) from error
        try:
            exchange = Exchange(response, deadline=deadline, host=host)
            if response.status != HTTP_OK:
                raise await exchange.error()
            yield exchange
        except ClaudeError as error:
            self._destination.redact(error)
            raise
        finally:
            response.release()

    async def _call(self, request: WireRequest | PlainRequest) -> aiohttp.ClientResponse:
        if self._session is None:
            self._session = self._open_session()
        return await self._session.request(
            request.method,
            self._destination.url(request.path),
            headers=self._destination.headers(request),
            data=_data(request.body),
            allow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close all connections; calls in flight fail, and so do later ones."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()


def _data(body: bytes) -> aiohttp.BytesPayload | SlicedBody | None:
    if len(body) > MAX_WHOLE_BYTES:
        return SlicedBody(body)
    # What it is need not be found out for every call.
    return aiohttp.BytesPayload(body) if body else None
