"""Calls that may take more than ten minutes: streamed, as idle connections get cut, and given more time.

The rule is the official SDK's: `3600 * max_tokens / 128000 > 600` (anthropic, `_base_client.py`).
"""

import msgspec
import msgspec.structs

from claude.request import WireRequest, with_stream

LONGEST_CALL_S = 3600.0
LONGEST_CALL_TOKENS = 128_000
LONGEST_PLAIN_CALL_S = 600.0


class _Length(msgspec.Struct, gc=False):
    max_tokens: int | None = None
    max_tokens_to_sample: int | None = None


_decode_length = msgspec.json.Decoder(_Length).decode


def with_time(request: WireRequest) -> WireRequest:
    """Return the request as it should be sent: one that may take long as a stream, and with more patience.

    Its answer is the same when it is put together again.
    """
    may_take_s = longest_s(request.body)
    if may_take_s <= LONGEST_PLAIN_CALL_S:
        return request
    return msgspec.structs.replace(
        request,
        body=request.body if request.stream else with_stream(request.body, stream=True),
        stream=True,
        patience=may_take_s / LONGEST_PLAIN_CALL_S,
    )


def longest_s(body: bytes) -> float:
    """Return how many seconds a call may take, by its `max_tokens`; 0 where there is none."""
    try:
        length = _decode_length(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return 0.0  # Claude will say what is wrong with it
    max_tokens = length.max_tokens or length.max_tokens_to_sample or 0
    return LONGEST_CALL_S * min(max_tokens, LONGEST_CALL_TOKENS) / LONGEST_CALL_TOKENS
