"""Everything that can go wrong between a request and Claude's answer, as one tree.

ClaudeError
    InvalidRequestError     refused here, nothing was sent (lives in claude/request.py)
    MissingKeyError         there is no API key to send
    HeaderError             a header value, the key included, cannot be sent
    ClaudeConnectionError   no whole answer came: not reached, too slow, stalled, cut off; `kind` says which
    ClaudeStatusError       Claude answered with an HTTP status other than 200
    ClaudeResponseError     a 200 that is not the answer it claims to be
    ClaudeStreamError       a stream that was cut, was malformed, or carried an `error` event
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class ClaudeError(Exception):
    """Something went wrong between us and Claude."""

    def __init__(
        self,
        message: str,
        *,
        error_type: str = "claude_error",
        status: int | None = None,
        request_id: str | None = None,
        details: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.type = error_type
        """One word for machines: Claude's own `error.type` where Claude spoke."""
        self.status = status
        """The HTTP status, where there was an HTTP answer."""
        self.request_id = request_id
        """Claude's `request-id`, for their support."""
        self.details = details
        """Claude's `error.details` as JSON, where it sent any: a stable code and what belongs to it."""


class MissingKeyError(ClaudeError):
    """There is no API key to send."""

    def __init__(
        self, reason: str = "there is no Claude API key: set ANTHROPIC_API_KEY, or pass api_key"
    ) -> None:
        super().__init__(reason, error_type="authentication_error")


class HeaderError(ClaudeError):
    """A header value cannot be sent; the message names the header and never shows its value."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the {name} header cannot be sent: {reason}", error_type="invalid_header")
        self.name = name


class ConnectionFault(StrEnum):
    """How a connection failed to bring a whole answer."""

    UNREACHABLE = "unreachable"
    """Never connected, so nothing was sent: refused, no such host, TLS failure."""
    CONNECT_TIMEOUT = "connect_timeout"
    """Did not connect in time, so nothing was sent."""
    CALL_TIMEOUT = "call_timeout"
    """The whole call took longer than it may; Claude may have worked, and billed."""
    STALLED = "stalled"
    """Connected, but no byte came for too long."""
    DISCONNECTED = "disconnected"
    """The connection broke before the answer was whole."""
    PROTOCOL = "protocol"
    """What came back, or what was to be sent, is not HTTP."""


TIMEOUTS = frozenset({ConnectionFault.CONNECT_TIMEOUT, ConnectionFault.CALL_TIMEOUT, ConnectionFault.STALLED})


class ClaudeConnectionError(ClaudeError):
    """No whole answer came back."""

    def __init__(self, kind: ConnectionFault, message: str, *, request_id: str | None = None) -> None:
        error_type = "timeout_error" if kind in TIMEOUTS else "connection_error"
        super().__init__(message, error_type=error_type, request_id=request_id)
        self.kind = kind

    @property
    def was_sent(self) -> bool:
        """Whether Claude may have seen the request, and may bill for it."""
        return self.kind not in {ConnectionFault.UNREACHABLE, ConnectionFault.CONNECT_TIMEOUT}


class ClaudeStatusError(ClaudeError):
    """Claude answered with an HTTP status other than 200."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        error_type: str,
        code: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
        should_retry: bool | None = None,
        body: str = "",
        headers: Mapping[str, str] = NO_HEADERS,
        details: str | None = None,
    ) -> None:
        super().__init__(
            message, error_type=error_type, status=status, request_id=request_id, details=details
        )
        self.http_status: int = status
        """As `status`, and never None."""
        self.code = code
        """The stable machine code in `error.details.error_code`, where there is one."""
        self.retry_after_s = retry_after_s
        """How many seconds Claude asks to wait, at any length; None where it did not say."""
        self.should_retry = should_retry
        """Claude's own verdict (`x-should-retry`); None where it gave none."""
        self.body = body
        """The start of the body, as it came."""
        self.headers = headers
        """The rate-limit headers."""

    def __str__(self) -> str:
        return f"{self.status} {self.type}: {self.message}"


class ClaudeResponseError(ClaudeError):
    """A 200 that is not the answer it claims to be; `type` is Claude's own where the body is an error."""

    def __init__(
        self,
        message: str,
        *,
        request_id: str | None = None,
        body: str = "",
        error_type: str = "response_error",
    ) -> None:
        super().__init__(message, error_type=error_type, status=200, request_id=request_id)
        self.body = body
        """The start of the body, as it came."""


class ClaudeStreamError(ClaudeError):
    """A stream that was cut, was malformed, or carried an `error` event; the HTTP status was 200.

    `type` is Claude's own word where it sent an `error` event, else `stream_cut` or `stream_malformed`.
    """

    CUT = "stream_cut"
    MALFORMED = "stream_malformed"

    def __init__(
        self,
        message: str,
        *,
        error_type: str,
        request_id: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message, error_type=error_type, status=200, request_id=request_id)
        self.code = code
        """The stable machine code in `error.details.error_code`, where there is one."""
