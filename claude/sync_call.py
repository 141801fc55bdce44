"""One call to Claude in the calling thread, on a connection of its own that is always closed."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from time import monotonic

import httpx

from claude.answer import Answer, limit_headers, read_answer
from claude.connection_errors import CAUGHT, connection_error
from claude.errors import ClaudeConnectionError, ClaudeError, ClaudeResponseError, ConnectionFault
from claude.events import StreamEvent
from claude.exchange import MAX_BODY_BYTES, MAX_ERROR_BODY_BYTES, lower_headers
from claude.outgoing import Destination
from claude.request import WireRequest
from claude.status_errors import status_error
from claude.stream import EventReader, check_event_stream

CONNECT_TIMEOUT_S = 10.0

STALL_TIMEOUT_S = 120.0

HTTP_OK = 200


class SyncCall:
    """A request that can be sent once, for a whole answer or for its events."""

    def __init__(self, *, destination: Destination, request: WireRequest, call_timeout_s: float) -> None:
        """Check what can be checked before anything is sent; raises HeaderError."""
        self._destination = destination
        self._host = destination.host
        self._request = request
        self._outgoing = destination.request(request)
        self._call_timeout_s = call_timeout_s
        self._ends_at = monotonic() + call_timeout_s

    def answer(self) -> Answer:
        """Send the request and return the whole answer; raises ClaudeError."""
        with self._response() as response:
            headers = lower_headers(response.headers.raw)
            body = b"".join(self._pieces(response))
            request_id, limits = headers.get("request-id"), limit_headers(headers)
            return read_answer(self._request, body, request_id=request_id, headers=limits)

    def events(self) -> Generator[StreamEvent]:
        """Send the request and yield the answer's events; raises ClaudeError, also where they break off."""
        with self._response() as response:
            headers = lower_headers(response.headers.raw)
            reader = EventReader(self._request.api, request_id=headers.get("request-id"))
            check_event_stream(headers)
            with closing(self._pieces(response)) as pieces:
                for piece in pieces:
                    yield from reader.feed(piece)
            reader.end()

    @contextmanager
    def _response(self) -> Iterator[httpx.Response]:
        wait_s = min(STALL_TIMEOUT_S, self._call_timeout_s) if self._request.stream else self._call_timeout_s
        timeout = httpx.Timeout(wait_s, connect=min(CONNECT_TIMEOUT_S, wait_s))
        self._outgoing.extensions["timeout"] = timeout.as_dict()
        # trust_env would also send passwords from a .netrc; the proxy and certificates are enough
        tls = httpx.create_ssl_context()
        with httpx.Client(proxy=self._destination.proxy, verify=tls, trust_env=False) as client:
            try:
                response = client.send(self._outgoing, stream=True)
            except CAUGHT as error:
                raise self._error(error) from error
            with closing(response), self._redacted():
                if response.status_code != HTTP_OK:
                    body = self._start_of(response)
                    raise status_error(response.status_code, lower_headers(response.headers.raw), body)
                yield response

    @contextmanager
    def _redacted(self) -> Iterator[None]:
        try:
            yield
        except ClaudeError as error:
            self._destination.redact(error)
            raise

    def _pieces(self, response: httpx.Response) -> Generator[bytes]:
        size = 0
        try:
            for piece in response.iter_bytes():
                size += len(piece)
                if size > MAX_BODY_BYTES:
                    raise ClaudeResponseError(f"the answer is larger than {MAX_BODY_BYTES} bytes")
                if monotonic() > self._ends_at:
                    raise ClaudeConnectionError(
                        ConnectionFault.CALL_TIMEOUT,
                        f"the call was not done after {self._call_timeout_s:g} s",
                    )
                yield piece
        except CAUGHT as error:
            raise self._error(error) from error

    def _start_of(self, response: httpx.Response) -> bytes:
        body = b""
        with suppress(ClaudeError), closing(self._pieces(response)) as pieces:
            for piece in pieces:
                body += piece
                if len(body) >= MAX_ERROR_BODY_BYTES:
                    break
        return body

    def _error(self, error: BaseException) -> ClaudeConnectionError:
        if isinstance(error, httpx.ReadTimeout) and not self._request.stream:
            return ClaudeConnectionError(
                ConnectionFault.CALL_TIMEOUT, f"{self._host} did not answer in {self._call_timeout_s:g} s"
            )
        return connection_error(error, host=self._host)
