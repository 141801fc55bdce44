"""POST /v1/messages and /v1/messages/count_tokens."""

from sandbox.admission import admit, delay, plan_call, unhindered
from sandbox.checks import Body, object_in
from sandbox.conversation import count_tokens, read_conversation
from sandbox.errors import invalid
from sandbox.exchange import Exchange
from sandbox.faults import encoded, spoil_body
from sandbox.message_checks import COUNTED_ONLY, check_body
from sandbox.parts import Caller, Parts
from sandbox.prompt_cache import UNUSED
from sandbox.rules import check_rules, check_window, served_model
from sandbox.script import Plan
from sandbox.stream import Player, frames_of
from sandbox.writer import Writer

COUNTING_CLASS = "count-tokens"
MARKER_KEPT = 200


async def create(exchange: Exchange, parts: Parts, caller: Caller) -> None:
    """Answer one message, whole or as a stream."""
    body = object_in(exchange.request)
    note_marker(caller, body)
    caller.call.stream = body.get("stream") is True
    caller.call.model = str(body.get("model"))
    check_body(body, betas=caller.betas)
    model = served_model(str(body["model"]))
    talk = read_conversation(body)
    plan = plan_call(parts, caller, talk.asked, talk.digest)
    check_rules(body, model, caller.version)
    input_tokens = count_tokens(body, model)
    check_window(input_tokens, model.window)
    use, write_cache = parts.cache.use(caller.account, body, model) if _caches(body) else (UNUSED, None)
    lane = admit(parts, exchange, caller, model, input_tokens - use.read)
    if not await delay(parts, exchange, plan, talk.digest, stream=caller.call.stream):
        return
    writer = Writer(body, talk, model, plan=plan, settings=parts.dials.now)
    reply = writer.write(parts.ids.make("msg"), input_tokens=input_tokens, cache=use)
    if write_cache is not None:
        write_cache()
    parts.limits.settle(lane, reply.output_tokens)
    if caller.call.stream:
        player = Player(exchange, plan, token_rate=parts.dials.now.token_rate)
        caller.call.ended = "finished" if await player.play(frames_of(reply)) else "failed"
    else:
        await send_whole(exchange, caller, plan, encoded(reply.message()))


async def send_whole(exchange: Exchange, caller: Caller, plan: Plan, body: bytes) -> None:
    """Send an answer in one piece, as well or badly as the plan says."""
    if await spoil_body(exchange, plan, body):
        caller.call.ended = "failed"
        return
    if plan.get("close"):
        exchange.request.keep_alive = False
    exchange.respond(200, body)


async def count(exchange: Exchange, parts: Parts, caller: Caller) -> None:
    """Answer how many input tokens a body has."""
    body = object_in(exchange.request)
    caller.call.model = str(body.get("model"))
    for name in COUNTED_ONLY:
        if name in body:
            raise invalid(f"{name}: Extra inputs are not permitted")
    check_body(body, betas=caller.betas, counting=True)
    model = served_model(str(body["model"]))
    check_rules(body, model, caller.version)
    if await unhindered(parts, exchange, caller, COUNTING_CLASS):
        exchange.respond(200, encoded({"input_tokens": count_tokens(body, model)}))


def note_marker(caller: Caller, body: Body) -> None:
    """Keep `metadata.user_id` as the marker by which a test finds its call."""
    metadata = body.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("user_id"), str):
        caller.call.marker = metadata["user_id"][:MARKER_KEPT]


def _caches(body: Body) -> bool:
    return (
        "cache_control" in body
        or _marked(body.get("system"))
        or _marked(body.get("tools"))
        or any(_marked(message["content"]) for message in _list(body["messages"]))
    )


def _marked(blocks: object) -> bool:
    return any("cache_control" in block for block in _list(blocks))


def _list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []
