"""A single call as it comes in: the body exactly as it is, and around it what its headers say."""

from dataclasses import dataclass

import msgspec

from api.body import JSON, media_type_of, spooled
from api.call_options import call_options_of
from api.connection import HttpRequest
from api.decoding import UndecodableError, text_of
from api.errors import MalformedRequestError
from api.submission import idempotency_of, kept_headers
from claude.dialect import Dialect
from jobs.submission import Idempotency, SubmittedRequest

CALL_BYTES = 32 << 20  # Anthropic's own limit for one request


class _StreamField(msgspec.Struct, gc=False):
    stream: bool | None = None


_decode_stream = msgspec.json.Decoder(_StreamField).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that somebody waits for."""

    submitted: SubmittedRequest
    wants_stream: bool
    idempotency: Idempotency | None


async def read_call(request: HttpRequest, dialect: Dialect) -> Call:
    """Return the call in `request`, its body not yet checked; raises what cannot be read at all."""
    media_type_of(request, JSON)
    options = call_options_of(request.headers)
    async with spooled(request, limit=CALL_BYTES) as spool:
        raw = msgspec.Raw(bytes(spool.whole()))
        idempotency = idempotency_of(request, spool)
    try:
        body = text_of(raw)
    except UndecodableError as error:
        raise MalformedRequestError(f"the body is {error}") from None
    submitted = SubmittedRequest(
        custom_id=options.name,
        dialect=dialect,
        body=body,
        headers=kept_headers(request),
        priority=options.priority,
        max_failures=options.max_failures,
        max_time_s=options.max_time_s,
        unsupported=options.unsupported,
    )
    return Call(submitted=submitted, wants_stream=_wants_stream(raw), idempotency=idempotency)


def _wants_stream(body: msgspec.Raw) -> bool:
    try:
        return _decode_stream(body).stream or False
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False  # the check of the whole request says what is wrong with it
