"""The HTTP request as it goes out: where to, and with which headers."""

import re
from collections.abc import AsyncIterator, Iterator, Mapping

import httpx

from claude.errors import (
    ClaudeConnectionError,
    ClaudeError,
    ClaudeResponseError,
    ClaudeStatusError,
    ConnectionFault,
    HeaderError,
    MissingKeyError,
)
from claude.proxy import environment_proxy
from claude.request import PlainRequest, WireRequest

OURS = frozenset(
    {
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "proxy-authorization",
        "transfer-encoding",
        "x-api-key",
    }
)
"""Headers that a caller cannot set: they belong to the connection or carry the key."""

MAX_WHOLE_BYTES = 1024 * 1024

SLICE_BYTES = 256 * 1024

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")


class SlicedBody(httpx.AsyncByteStream, httpx.SyncByteStream):
    """A large body, sent a slice at a time so that other calls get their turn."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._body), SLICE_BYTES):
            yield self._body[start : start + SLICE_BYTES]

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self:
            yield piece


class Destination:
    """Builds the requests for one base URL and one key; the key goes nowhere else and is never shown."""

    def __init__(self, *, base_url: str, api_key: str) -> None:
        if not api_key:
            raise MissingKeyError
        if not api_key.isascii() or not api_key.isprintable() or " " in api_key:
            raise HeaderError(
                "x-api-key", "the key contains a space, a line break or another stray character"
            )
        self._base_url = base_url.rstrip("/")
        self.host = _host(base_url)
        """Host and port, for messages; never the user and password of a URL."""
        self.proxy = environment_proxy(base_url)
        self._api_key = api_key
        self._our_headers = {
            "x-api-key": api_key,
            "content-type": "application/json",
            "accept-encoding": "gzip, deflate",
            "user-agent": "promptmill",
        }

    def request(self, wire: WireRequest) -> httpx.Request:
        """Build the HTTP request as httpx sends it; raises HeaderError for a header that cannot be sent."""
        headers, url = self.headers(wire), self.url(wire.path)
        if len(wire.body) <= MAX_WHOLE_BYTES:
            return httpx.Request("POST", url, headers=headers, content=wire.body)
        return httpx.Request("POST", url, headers=headers, stream=SlicedBody(wire.body))

    def headers(self, request: WireRequest | PlainRequest) -> dict[str, str]:
        """Return all headers that must be said; raises HeaderError for one that cannot be sent."""
        headers = {**_checked(request.headers), **self._our_headers}
        headers["accept"] = "text/event-stream" if request.stream else "application/json"
        if request.body:
            headers["content-length"] = str(len(request.body))
        return headers

    def url(self, path: str) -> str:
        """Return where to send it."""
        return f"{self._base_url}/{path.lstrip('/')}"

    def redact(self, error: ClaudeError) -> None:
        """Take the key out of an error whose text comes from a server that echoed it."""
        error.message = self._redacted(error.message)
        error.args = (error.message,)
        error.details = error.details and self._redacted(error.details)
        if isinstance(error, ClaudeStatusError | ClaudeResponseError):
            error.body = self._redacted(error.body)

    def _redacted(self, text: str) -> str:
        return text.replace(self._api_key, "[api key]")


def _host(base_url: str) -> str:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise ClaudeConnectionError(
            ConnectionFault.UNREACHABLE, "the base URL is not an http:// or https:// address with a host"
        )
    return url.netloc.decode()


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    checked: dict[str, str] = {}
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise HeaderError(ascii(name), "that is no name for a header")
        if not _VALUE.fullmatch(value):
            raise HeaderError(name, "its value contains a line break or a character that is not ASCII")
        if name.lower() not in OURS:
            checked[name.lower()] = value
    return checked
