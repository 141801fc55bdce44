"""The errors that the API answers with, and the named faults one can ask for."""

import msgspec

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    408: "timeout_error",
    409: "conflict_error",
    413: "request_too_large",
    422: "invalid_request_error",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
MESSAGES = {
    401: "invalid x-api-key",
    402: "Your organization's billing needs attention.",
    403: "Your API key does not have permission to use the specified resource.",
    404: "Not found",
    408: "The request timed out.",
    409: "The request conflicts with another one.",
    413: "Request exceeds the maximum size",
    429: "This request would exceed your organization's rate limit.",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "The request timed out; use streaming or the Message Batches API.",
    529: "Overloaded",
}
FIRST_TRANSIENT = 500
TRANSIENT = frozenset({408, 409, 429})


class SandboxError(Exception):
    """The root of what the sandbox raises."""


class SettingError(SandboxError):
    """A setting or flag that cannot be used; the message names it."""


class ApiError(SandboxError):
    """An answer that is an error: status, type and message as the API words them."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        kind: str | None = None,
        details: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status = status
        self.message = message or MESSAGES.get(status, "The request failed.")
        self.kind = kind or error_type(status)
        self.details = details
        self.headers = {"x-should-retry": "true" if transient(status) else "false"} | (headers or {})
        if self.headers["x-should-retry"] == "none":
            del self.headers["x-should-retry"]
        super().__init__(self.message)

    def error(self) -> dict[str, object]:
        """Return the inner `error` object, as it also stands in a stream's `error` event."""
        inner: dict[str, object] = {"type": self.kind, "message": self.message}
        return inner | {"details": self.details} if self.details else inner

    def response(self, request_id: str) -> dict[str, object]:
        """Return the whole error body."""
        return {"type": "error", "error": self.error(), "request_id": request_id}

    def body(self, request_id: str) -> bytes:
        """Return the error body as JSON."""
        return msgspec.json.encode(self.response(request_id))


def error_type(status: int) -> str:
    """Return the `error.type` that goes with an HTTP status."""
    return TYPES.get(status, "api_error" if status >= FIRST_TRANSIENT else "invalid_request_error")


def transient(status: int) -> bool:
    """Tell whether the API would have its clients try again."""
    return status >= FIRST_TRANSIENT or status in TRANSIENT


def invalid(message: str) -> ApiError:
    """Return a 400 for a request that breaks a rule."""
    return ApiError(400, message)


def html_page(status: int) -> bytes:
    """Return an error page as an edge proxy sends it: no JSON in it."""
    title = f"{status} {MESSAGES.get(status, 'Error')}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
        "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    ).encode()
