"""What happens between a sound request and its answer: scripts, limits, delays and faults."""

import asyncio

from sandbox.catalog import Model
from sandbox.errors import ApiError
from sandbox.exchange import Exchange
from sandbox.faults import chance, error_asked_for, fault_by_chance, spoiled, stream_error
from sandbox.limits import Lane
from sandbox.parts import Caller, Parts
from sandbox.script import Plan, scripts_in

DEFAULT_SLOW_S = 1.0
FOREVER_S = 86_400.0


def plan_call(parts: Parts, caller: Caller, asked: str, digest: bytes) -> Plan:
    """Enter a prompt in the ledger and return what its scripts, or chance, make of this call."""
    before = parts.ledger.prompt(caller.call, digest, asked)
    directives = [script.at(before) for script in scripts_in(asked)]
    plan = Plan([*caller.plan.directives, *(one for one in directives if one is not None)])
    if marker := plan.get("mark"):
        caller.call.marker = marker.text
    if directives or plan.directives:
        return plan
    return fault_by_chance(parts.dials.now, digest, before)


def admit(parts: Parts, exchange: Exchange, caller: Caller, model: Model, input_tokens: int) -> Lane:
    """Let a call in, or raise `ApiError` for a limit it would break; its answer will carry the headers."""
    now, in_flight = parts.dials.now, parts.ledger.in_flight
    if now.overload_at and in_flight > now.overload_at:
        raise ApiError(529)
    if now.max_in_flight and in_flight > now.max_in_flight:
        message = "Number of concurrent connections has exceeded your rate limit. Please try again later."
        raise ApiError(429, message, headers={"retry-after": "1"})
    lane = parts.limits.admit(caller.account, model.limits, input_tokens)
    exchange.common.update(parts.limits.headers(lane))
    return lane


async def unhindered(parts: Parts, exchange: Exchange, caller: Caller, model_class: str) -> bool:
    """Take a call without a prompt past limits, scripts and latency; tells if an answer is still due."""
    lane = parts.limits.admit(caller.account, model_class, 0)
    exchange.common.update(parts.limits.headers(lane))
    place = str(caller.call.sequence).encode()
    return await delay(parts, exchange, caller.plan, place, stream=False)


async def delay(parts: Parts, exchange: Exchange, plan: Plan, digest: bytes, *, stream: bool) -> bool:
    """Wait for as long as the first byte takes, fail if the plan says so; tells if an answer is still due."""
    if slow := plan.get("slow"):
        await asyncio.sleep(slow.number("seconds", DEFAULT_SLOW_S))
    if error := error_asked_for(plan):
        raise error
    if not stream:
        await _hold_whole(plan)
    now = parts.dials.now
    if now.latency_ms:
        await asyncio.sleep(now.latency_ms / 1000 * (0.5 + chance(now.seed, "latency", digest.hex())))
    return not await spoiled(exchange, plan)


async def _hold_whole(plan: Plan) -> None:
    if event := plan.get("error-event"):
        raise stream_error(event)
    if stall := plan.get("stall"):
        await asyncio.sleep(stall.option("for", FOREVER_S))
