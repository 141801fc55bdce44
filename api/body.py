"""Reading a request's body: its format is checked first, its size while it arrives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar.exceptions import InternalServerException

from api.connection import HttpRequest
from api.errors import BodyCutError, BodyTooLargeError, UnsupportedBodyError
from api.spool import IN_MEMORY_BYTES, Spool

JSON = "application/json"
NDJSON = "application/x-ndjson"
IDEMPOTENCY_HEADER = "idempotency-key"
MEBIBYTE = 1 << 20
SMALL_BYTES = 64 << 10  # are taken in less time than a thread needs to wake
LARGE_AT_ONCE = 2  # bodies over a mebibyte being taken apart; the others wait on disk


def media_type_of(request: HttpRequest, *accepted: str) -> str:
    """Return which of the `accepted` types the body claims to be; raises `UnsupportedBodyError` if none."""
    declared, parameters = request.content_type
    listed = " or ".join(accepted)
    if declared not in accepted:
        was = declared or "missing"
        raise UnsupportedBodyError(f"content-type must be {listed}, and it is {was}")
    if parameters.get("charset", "utf-8").strip('"').lower() not in {"utf-8", "utf8"}:
        raise UnsupportedBodyError(f"{listed} must be UTF-8, and the content-type says otherwise")
    if (encoding := request.headers.get("content-encoding", "identity").lower()) != "identity":
        raise UnsupportedBodyError(
            f"content-encoding {encoding[:40]} is not understood; send the body as it is"
        )
    return declared


@asynccontextmanager
async def spooled(request: HttpRequest, *, limit: int) -> AsyncIterator[Spool]:
    """Receive the body and hand it over in a spool, which has a digest where there is an `Idempotency-Key`.

    Raises `BodyTooLargeError` past `limit` bytes and `BodyCutError` when the caller hangs up.
    """
    if (request.content_length or 0) > limit:
        raise _too_large(limit)
    spool = Spool(is_digested=request.headers.get(IDEMPOTENCY_HEADER) is not None)
    try:
        await _receive(request, spool, limit)
        yield spool
    finally:
        spool.close()


async def _receive(request: HttpRequest, spool: Spool, limit: int) -> None:
    pending = bytearray()
    received = 0
    try:
        async for chunk in request.stream():
            received += len(chunk)
            if received > limit:
                raise _too_large(limit)
            pending += chunk
            if len(pending) >= IN_MEMORY_BYTES:
                await asyncio.to_thread(spool.write, bytes(pending))
                pending.clear()
    except InternalServerException:
        # Litestar's word for a caller who hung up; an upload cut short must never pass for a whole one.
        raise BodyCutError from None
    if received > SMALL_BYTES:
        await asyncio.to_thread(spool.write, bytes(pending))
    else:
        spool.write(bytes(pending))


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"the body is larger than {limit // MEBIBYTE} MB, the most that is taken here")
