"""POST /v1/complete, the legacy Text Completions of the models that were built for it."""

import msgspec

from sandbox import answers, tokens
from sandbox.admission import admit, delay, plan_call
from sandbox.catalog import KNOWN, SERVED_LEGACY, Model
from sandbox.checks import Body, object_in
from sandbox.errors import ApiError, invalid
from sandbox.exchange import Exchange
from sandbox.faults import encoded
from sandbox.ledger import digest_of
from sandbox.legacy_prompt import HUMAN, LegacyPrompt, read_prompt
from sandbox.messages import note_marker, send_whole
from sandbox.parts import Caller, Parts
from sandbox.rules import check_window
from sandbox.script import Plan
from sandbox.settings import Settings
from sandbox.stream import PING, Frame, Player

FIELDS = frozenset({
    "model", "prompt", "max_tokens_to_sample", "stop_sequences", "temperature", "top_p", "top_k", "metadata",
    "stream",
})  # fmt: skip


async def create(exchange: Exchange, parts: Parts, caller: Caller) -> None:
    """Answer one prompt, whole or as a stream."""
    body = object_in(exchange.request)
    note_marker(caller, body)
    caller.call.stream = body.get("stream") is True
    caller.call.model = str(body.get("model"))
    _check_body(body)
    model = _legacy_model(str(body["model"]), retired=parts.dials.now.retired)
    prompt = read_prompt(str(body["prompt"]))
    digest = digest_of(str(body["prompt"]))
    plan = plan_call(parts, caller, prompt.asked, digest)
    input_tokens = tokens.of_text(str(body["prompt"]), model)
    check_window(input_tokens, model.window)
    lane = admit(parts, exchange, caller, model, input_tokens)
    if not await delay(parts, exchange, plan, digest, stream=caller.call.stream):
        return
    answer = _written(body, prompt, plan, digest=digest, settings=parts.dials.now) | {"model": body["model"]}
    pieces = tokens.pieces_of(str(answer["completion"]))
    parts.limits.settle(lane, len(pieces))
    answer["id"] = parts.ids.make("compl")
    answer["log_id"] = answer["id"]
    if caller.call.stream:
        player = Player(exchange, plan, token_rate=parts.dials.now.token_rate, legacy=True)
        caller.call.ended = "finished" if await player.play(_frames(answer, pieces)) else "failed"
    else:
        await send_whole(exchange, caller, plan, encoded(answer))


def _check_body(body: Body) -> None:
    for name in body:
        if name not in FIELDS:
            raise invalid(f"{name}: Extra inputs are not permitted")
    for name, kind in (("model", str), ("prompt", str), ("max_tokens_to_sample", int)):
        if name not in body:
            raise invalid(f"{name}: Field required")
        if not isinstance(body[name], kind) or isinstance(body[name], bool):
            raise invalid(f"{name}: Input should be a valid {'integer' if kind is int else 'string'}")
    if msgspec.convert(body["max_tokens_to_sample"], int) < 1:
        raise invalid("max_tokens_to_sample: Input should be greater than or equal to 1")
    for name in ("temperature", "top_p"):
        value = body.get(name)
        if value is not None and (not isinstance(value, int | float) or not 0 <= value <= 1):
            raise invalid(f"{name}: range: 0..1")
    stops = body.get("stop_sequences") or []
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise invalid("stop_sequences: Input should be a valid list of strings")


def _legacy_model(name: str, *, retired: bool) -> Model:
    model = SERVED_LEGACY.get(name)
    if model is not None and not retired:
        return model
    if name in KNOWN and model is None:
        raise invalid(f'"{name}" is not supported on this API. Please use the Messages API instead.')
    raise ApiError(404, f"model: {name}")


def _written(
    body: Body, prompt: LegacyPrompt, plan: Plan, *, digest: bytes, settings: Settings
) -> dict[str, object]:
    text = (
        ""
        if plan.get("empty")
        else answers.text_for(
            prompt.asked,
            plan,
            digest=digest,
            seed=settings.seed,
            error_rate=settings.error_rate,
            prefill=prompt.prefill,
        )
    )
    if (echo := plan.get("echo")) and echo.words:
        text = prompt.system if echo.words[0] == "system" else str(body["prompt"])
    text = text if prompt.prefill or not text else f" {text}"
    stops = body.get("stop_sequences")
    stop, text = _until_stop(text, [*(stops if isinstance(stops, list) else []), HUMAN])
    pieces = tokens.pieces_of(text)
    limit = msgspec.convert(body["max_tokens_to_sample"], int)
    if plan.get("max_tokens"):
        limit = min(limit, max(1, len(pieces) // 2))
    elif len(pieces) <= limit:
        limit = 0
    answer: dict[str, object] = {"type": "completion", "id": "", "completion": text}
    if limit:
        return answer | {"completion": "".join(pieces[:limit]), "stop_reason": "max_tokens", "stop": None}
    return answer | {"stop_reason": "stop_sequence", "stop": stop}


def _until_stop(text: str, stops: list[str]) -> tuple[str, str]:
    found = [(text.find(stop), stop) for stop in stops if stop in text]
    at, stop = min(found, default=(len(text), HUMAN))
    return stop, text[:at]


def _frames(answer: dict[str, object], pieces: list[str]) -> list[Frame]:
    open_ended = answer | {"stop_reason": None, "stop": None}
    frames = [Frame("completion", open_ended | {"completion": piece}, delta=True) for piece in pieces]
    return [*frames[:1], Frame("ping", PING), *frames[1:], Frame("completion", answer | {"completion": ""})]
