"""The settings of a chat request beside its messages: sampling, stop sequences, limits, the user."""

import re

from claude.models import ModelCard, Sampling
from claude.reader import Fields, Reader

LEAST_TOP_P_THINKING = 0.95

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def max_tokens(request: Reader, card: ModelCard) -> int:
    """Read how long the answer may be: `max_completion_tokens`, `max_tokens`, or the model's default."""
    newer, older = request.count("max_completion_tokens"), request.count("max_tokens")
    return newer or older or card.default_max_tokens


def write_sampling(request: Reader, card: ModelCard, body: Fields, *, is_thinking: bool) -> None:
    """Write `temperature`, `top_p` and `top_k` as far as the model takes them."""
    temperature, top_p, top_k = _temperature(request), _top_p(request), request.count("top_k")
    if card.sampling is Sampling.NONE:
        given = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
        for name in [name for name, value in given.items() if value not in (None, 1)]:
            request.adapt(name, "the model does not take it")
        return
    if is_thinking:
        if temperature not in (None, 1):
            request.adapt("temperature", "with thinking it is always 1")
        if top_k is not None:
            request.adapt("top_k", "it cannot go together with thinking")
        if top_p is not None and top_p < LEAST_TOP_P_THINKING:
            request.adapt("top_p", f"with thinking it must be at least {LEAST_TOP_P_THINKING}")
            top_p = None
        temperature = top_k = None
    if card.sampling is Sampling.ONE and temperature is not None and top_p is not None:
        request.adapt("top_p", "the model takes either temperature or top_p")
        top_p = None
    values = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
    body.update((name, value) for name, value in values.items() if value is not None)


def _temperature(request: Reader) -> float | None:
    """Read the temperature; OpenAI's goes up to 2, Claude's to 1."""
    temperature = request.number("temperature")
    if temperature is None or 0 <= temperature <= 1:
        return temperature
    if temperature < 0:
        request.refuse("temperature", "must not be negative")
        return None
    request.adapt("temperature", "Claude takes at most 1", deed=f"{temperature:g} was lowered to 1")
    return 1


def _top_p(request: Reader) -> float | None:
    top_p = request.number("top_p")
    if top_p is not None and not 0 <= top_p <= 1:
        request.refuse("top_p", "must be at least 0 and at most 1")
    return top_p


def write_stop(request: Reader, body: Fields) -> None:
    """Write `stop` as `stop_sequences`; Claude refuses blank ones, which are left out with a warning."""
    stop = request.fields.get("stop")
    values = [stop] if isinstance(stop, str) else request.items("stop") or []
    sequences = []
    for index, value in enumerate(values):
        if not isinstance(value, str):
            request.report.refuse(f"stop.{index}", "must be a string")
        elif not value.strip():
            request.report.warn(
                f"stop {value!r} was left out: Claude takes no stop sequences of only white space"
            )
        else:
            sequences.append(value)
    if sequences:
        body["stop_sequences"] = sequences


def write_user(request: Reader, body: Fields) -> None:
    """Write the end user as `metadata.user_id`, but no e-mail address: Anthropic asks for opaque ids."""
    metadata = request.child("metadata")
    user = request.text("user") or request.text("safety_identifier")
    if user is None and metadata is not None:
        user = metadata.text("user_id")
    if not user:
        return
    if _EMAIL.fullmatch(user.strip()):
        request.report.warn(
            "user was left out: it is an e-mail address, and Claude is to be given opaque ids"
        )
    else:
        body["metadata"] = {"user_id": user}


NATIVE = ("cache_control", "container", "context_management", "inference_geo", "mcp_servers", "speed")
"""Fields of Claude's own that callers may add; they go out as they are."""


def write_native(request: Reader, body: Fields) -> None:
    """Copy the fields that OpenAI's format does not have and Claude's does."""
    body.update((name, request.fields[name]) for name in NATIVE if request.has(name))
    config = request.child("output_config")
    if config is not None:
        body["output_config"] = dict(config.fields)
    tier = request.text("service_tier")
    if tier in {"auto", "standard_only"}:
        body["service_tier"] = tier
    elif tier is not None:
        request.adapt("service_tier", "Claude has no such tier", deed=f"{tier[:40]} was left out")
