"""What the OpenAPI document says that Litestar cannot know: bodies read by hand, and the shapes of errors."""

from collections.abc import Mapping

import msgspec
from litestar.openapi import ResponseSpec

DESCRIPTIONS: Mapping[int, str] = {
    400: "The request cannot be read, or a part of it is wrong; nothing was stored.",
    404: "There is no such thing here.",
    409: "Not in this state, or this Idempotency-Key was used with another body.",
    413: "The body is too large.",
    415: "The body is in a format that is not taken here.",
    503: "The database cannot be reached; try again after `retry-after` seconds.",
}
SUBMITTING = (400, 404, 409, 413, 415, 503)
READING = (400, 404, 503)
CHANGING = (400, 404, 409, 503)


def refusals(body: type[msgspec.Struct], statuses: tuple[int, ...]) -> dict[int, ResponseSpec]:
    """Return the error answers of an endpoint, in its dialect's shape."""
    return {
        status: ResponseSpec(body, generate_examples=False, description=DESCRIPTIONS[status])
        for status in statuses
    }
