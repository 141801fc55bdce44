"""Faults of whole answers: what a plan, an account or chance makes of a call before it is worked on."""

import hashlib

import msgspec

from sandbox.errors import ApiError, error_type, html_page
from sandbox.exchange import Exchange
from sandbox.script import NOTHING, Directive, Plan, read_directive
from sandbox.settings import Settings

ACCOUNT_FAULTS: dict[str, tuple[int, str, str | None]] = {
    "credit": (
        400,
        (
            "Your credit balance is too low to access the Anthropic API. "
            "Please go to Plans & Billing to upgrade or purchase credits."
        ),
        None,
    ),
    "usage-limit": (
        400,
        "You have reached your specified API usage limits. You will regain access on 2026-12-01.",
        None,
    ),
    "hold": (400, "Your organization is on hold.", "organization_on_hold"),
    "spend-cap": (
        429,
        "Your organization has reached its monthly spend limit. It is paused until 00:00 UTC on the 1st.",
        "enforced_spend_limit_reached",
    ),
}
HEADER_OPTIONS = {
    "retry-after": "retry-after",
    "retry-after-ms": "retry-after-ms",
    "should-retry": "x-should-retry",
}
RATE_LIMITED = 429
BAD_GATEWAY = 502
FIRST_ERROR, LAST_ERROR = 400, 599
DEFAULT_RETRY_AFTER_S = "1"
UNIT = 2**64


def account_fault(name: str) -> ApiError:
    """Return the error of an account that may not work: `credit`, `usage-limit`, `hold` or `spend-cap`."""
    status, message, code = ACCOUNT_FAULTS[name]
    headers = {"x-should-retry": "none"} if status == RATE_LIMITED else {}
    return ApiError(status, message, details={"error_code": code} if code else None, headers=headers)


def chance(seed: int, *parts: object) -> float:
    """Return a number from 0 to 1 that is always the same for the same seed and parts."""
    text = ":".join(str(part) for part in (seed, *parts))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / UNIT


def fault_by_chance(settings: Settings, digest: bytes, call: int) -> Plan:
    """Return the fault that the rates in force give the n-th call of a prompt, if any."""
    if not settings.faults:
        return NOTHING
    drawn = chance(settings.seed, digest.hex(), call)
    for step, rate in settings.faults.items():
        if drawn < rate:
            directive = read_directive(step)
            return Plan([directive] if directive else [])
        drawn -= rate
    return NOTHING


def error_asked_for(plan: Plan) -> ApiError | None:
    """Return the API error that a plan answers with, if it does."""
    for name in ACCOUNT_FAULTS:
        if plan.get(name):
            return account_fault(name)
    if ramp := plan.get("ramp"):
        return _status_error(ramp, RATE_LIMITED, code="ramp_limit_exceeded")
    if plan.get("overloaded"):
        return ApiError(529)
    directive = plan.status()
    return _status_error(directive, int(directive.name)) if directive and directive.name[0] in "45" else None


async def spoiled(exchange: Exchange, plan: Plan) -> bool:
    """Answer with something that is no API answer at all, if the plan says so; tells whether it did."""
    exchange.lost = plan.get("lost") is not None
    if page := plan.get("html"):
        wanted = int(page.number("status", BAD_GATEWAY))
        status = wanted if FIRST_ERROR <= wanted <= LAST_ERROR else BAD_GATEWAY
        exchange.respond(status, html_page(status), content_type="text/html")
    elif plan.get("not-json"):
        exchange.respond(200, b"upstream says hello", content_type="text/plain")
    elif plan.get("wrong-shape"):
        exchange.respond(200, b'{"ok":true}')
    elif plan.get("reset"):
        await exchange.cut()
    elif plan.get("drop"):
        await exchange.hang_up()
    else:
        return False
    return True


async def spoil_body(exchange: Exchange, plan: Plan, body: bytes) -> bool:
    """Send a whole answer badly, if the plan says so; tells whether it did."""
    half = body[: len(body) // 2]
    if plan.get("malformed"):
        exchange.respond(200, half)
    elif plan.get("eof"):
        exchange.respond(200, half, promised=len(body))
        await exchange.hang_up()
    elif plan.get("cut"):
        exchange.respond(200, half, promised=len(body))
        await exchange.cut()
    else:
        return False
    return True


def stream_error(directive: Directive) -> ApiError:
    """Return the error that an `error-event` directive names, such as `overloaded_error`."""
    kind = directive.words[0] if directive.words else "overloaded_error"
    statuses = {error_type(status): status for status in (500, 529, 429, 400, 504)}
    return ApiError(statuses.get(kind, 500), directive.options.get("message"), kind=kind)


def _status_error(directive: Directive, status: int, *, code: str | None = None) -> ApiError:
    options = {name: value for name, value in directive.options.items() if _fits_a_header(value)}
    headers = {name: options[option] for option, name in HEADER_OPTIONS.items() if option in options}
    if status == RATE_LIMITED and "no-retry-after" not in directive.words:
        headers.setdefault("retry-after", DEFAULT_RETRY_AFTER_S)
    code = options.get("code", code)
    details: dict[str, object] | None = {"error_code": code} if code else None
    message = directive.options.get("message")
    return ApiError(status, message, kind=options.get("type"), details=details, headers=headers)


def _fits_a_header(value: str) -> bool:
    return value.isascii() and value.isprintable()


def encoded(answer: object) -> bytes:
    """Return an answer as JSON."""
    return msgspec.json.encode(answer)
