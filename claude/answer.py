"""Claude's answer as it is kept: the exact JSON, and the little of it that the service itself needs."""

from collections.abc import Mapping

import msgspec

from claude.errors import NO_HEADERS, ClaudeResponseError
from claude.excerpt import UNREADABLE, excerpt
from claude.request import WireApi, WireRequest
from claude.tokens import tokens_of, utf8_length

LIMIT_HEADER_PREFIXES = ("anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-", "retry-after")


class TokenUsage(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of one answer; all four add up to what was read and written."""

    input: int = 0
    """Input tokens billed in full: neither written to nor read from the prompt cache."""
    output: int = 0
    cache_write: int = 0
    cache_read: int = 0
    cache_write_1h: int = 0
    """The part of `cache_write` that is kept for an hour and costs more."""
    is_estimate: bool = False
    """True for `/v1/complete`, which reports no usage."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A whole answer of Claude's."""

    body: str
    """The JSON exactly as it came; for a stream, the message put together to the same shape."""
    api: WireApi
    status: int
    request_id: str | None
    stop_reason: str
    usage: TokenUsage
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    """The rate-limit headers, names in lower case."""


class CacheCreation(msgspec.Struct, gc=False):
    """How the tokens written to the cache split by how long they are kept."""

    ephemeral_1h_input_tokens: int | None = None


class WireUsage(msgspec.Struct, gc=False):
    """The part of Claude's `usage` that is counted; Claude writes null for what does not apply."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None


class CarriedError(msgspec.Struct):
    """The error that some gateways send under a 200."""

    type: str = ""
    message: str = ""


class WireAnswer(msgspec.Struct):
    """What both APIs' answers have in common, as far as it is read."""

    type: str = ""
    stop_reason: str | None = None
    usage: WireUsage | None = None
    completion: str | None = None
    error: CarriedError | None = None


class LegacyPrompt(msgspec.Struct):
    """The part of a `/v1/complete` request that its tokens are estimated from."""

    prompt: str = ""


ANSWER_TYPES = {WireApi.MESSAGES: "message", WireApi.COMPLETE: "completion"}

_decode_answer = msgspec.json.Decoder(WireAnswer).decode
_decode_prompt = msgspec.json.Decoder(LegacyPrompt).decode


def read_answer(
    request: WireRequest, body: bytes, *, request_id: str | None, headers: Mapping[str, str] = NO_HEADERS
) -> Answer:
    """Read the body of a 200; `headers` are the rate-limit headers that came with it.

    Raises ClaudeResponseError where the body is not a finished answer of the API that was asked.
    """
    try:
        text = body.decode()
        wire = _decode_answer(body)
    except UNREADABLE as error:
        raise ClaudeResponseError(
            f"the answer is not what it claims to be: {excerpt(body)}",
            request_id=request_id,
            body=excerpt(body),
        ) from error
    return Answer(
        body=text,
        api=request.api,
        status=200,
        request_id=request_id,
        stop_reason=_stop_reason(wire, request.api, body, request_id),
        usage=_usage(wire, request),
        headers=headers,
    )


def _stop_reason(wire: WireAnswer, api: WireApi, body: bytes, request_id: str | None) -> str:
    is_expected = _is_expected(wire, api)
    if is_expected and wire.stop_reason is not None:
        return wire.stop_reason
    error_type = "response_error"
    if wire.error is not None:
        error_type = wire.error.type or error_type
        what = f"a 200 that carries an error: {wire.error.message or error_type}"
    elif is_expected:
        what = "a 200 without a stop_reason, so the answer is not finished"
    else:
        what = f"a 200 that is no {ANSWER_TYPES[api]}: {excerpt(body)}"
    raise ClaudeResponseError(what, request_id=request_id, body=excerpt(body), error_type=error_type)


def _is_expected(wire: WireAnswer, api: WireApi) -> bool:
    if api is WireApi.COMPLETE:  # early versions of the legacy API, and Bedrock's, name no type
        return wire.completion is not None and wire.type in {"", ANSWER_TYPES[api]}
    return wire.type == ANSWER_TYPES[api]


def _usage(wire: WireAnswer, request: WireRequest) -> TokenUsage:
    if request.api is WireApi.COMPLETE:
        return estimate_usage(_prompt(request.body), wire.completion or "")
    return token_usage(wire.usage)


def usage_so_far(request: WireRequest, reported: object, completion: str) -> TokenUsage:
    """Usage of an answer that broke off: what it `reported`, or an estimate where the API reports none."""
    if request.api is WireApi.COMPLETE:
        return estimate_usage(_prompt(request.body), completion)
    try:
        return token_usage(msgspec.convert(reported, WireUsage))
    except msgspec.ValidationError:
        return TokenUsage()


def token_usage(wire: WireUsage | None) -> TokenUsage:
    """Usage as Claude reported it; zeros where Claude said nothing."""
    if wire is None:
        return TokenUsage()
    kept_for_hour = wire.cache_creation.ephemeral_1h_input_tokens if wire.cache_creation else None
    return TokenUsage(
        input=wire.input_tokens or 0,
        output=wire.output_tokens or 0,
        cache_write=wire.cache_creation_input_tokens or 0,
        cache_read=wire.cache_read_input_tokens or 0,
        cache_write_1h=kept_for_hour or 0,
    )


def estimate_usage(prompt: str, completion: str) -> TokenUsage:
    """Usage of a `/v1/complete` call, estimated: the legacy API reports none."""
    return TokenUsage(input=_tokens(prompt), output=_tokens(completion), is_estimate=True)


def _prompt(request_body: bytes) -> str:
    try:
        return _decode_prompt(request_body).prompt
    except UNREADABLE:
        return ""


def _tokens(text: str) -> int:
    return tokens_of(utf8_length(text)) if text else 0


def limit_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Keep the rate-limit headers, names in lower case."""
    return {name: value for name, value in headers.items() if name.startswith(LIMIT_HEADER_PREFIXES)}
