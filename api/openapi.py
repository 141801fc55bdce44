"""What the OpenAPI document says that Litestar cannot know: bodies read by hand, and the shapes of errors."""

from collections.abc import Mapping

import msgspec
from litestar.openapi import ResponseSpec

DESCRIPTIONS: Mapping[int, str] = {
    400: "The request cannot be read, or a part of it is wrong; nothing was stored.",
    402: "The money for it is spent.",
    404: "There is no such thing here.",
    409: "Not in this state, or this Idempotency-Key was used with another body.",
    401: "Claude's API does not take this server's key.",
    413: "The body is too large.",
    415: "The body is in a format that is not taken here.",
    429: "Claude's API asks to wait.",
    499: "The job was canceled.",
    501: "This server has no key for Claude's API.",
    503: "The database cannot be reached; try again after `retry-after` seconds.",
    504: "The answer took too long.",
    529: "Claude's API is overloaded, or too many callers wait here.",
}
SUBMITTING = (400, 404, 409, 413, 415, 503)
READING = (400, 404, 503)
CALLING = (400, 401, 402, 404, 409, 413, 415, 429, 499, 503, 504, 529)
RELAYED = (400, 401, 404, 413, 415, 429, 501, 529)
CHANGING = (400, 404, 409, 503)


def refusals(body: type[msgspec.Struct], statuses: tuple[int, ...]) -> dict[int, ResponseSpec]:
    """Return the error answers of an endpoint, in its dialect's shape."""
    return {
        status: ResponseSpec(body, generate_examples=False, description=DESCRIPTIONS[status])
        for status in statuses
    }
