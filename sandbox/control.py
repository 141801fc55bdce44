"""The sandbox's own endpoints under /_sandbox/: the ledger and the dials."""

import msgspec

from sandbox.errors import ApiError, SettingError, invalid
from sandbox.exchange import Exchange
from sandbox.parts import Parts

FILTERS = frozenset({"model", "status", "text", "marker", "path", "method", "key", "ended", "stream"})
DEFAULT_LIMIT = 1_000


async def control(exchange: Exchange, parts: Parts) -> None:
    """Answer a request to the sandbox itself; it needs no key and stands in no ledger."""
    request = exchange.request
    try:
        answer = _answer(exchange, parts)
    except ApiError as error:
        exchange.respond(error.status, error.body("req_sandbox"))
        return
    exchange.respond(200, msgspec.json.encode(answer) + (b"" if request.method == "HEAD" else b"\n"))


def _answer(exchange: Exchange, parts: Parts) -> object:
    match exchange.request.method, exchange.request.path.removeprefix("/_sandbox/"):
        case "GET", "calls":
            return _calls(exchange, parts)
        case "DELETE", "calls":
            parts.ledger.clear()
            parts.scripts.restart()
            return parts.ledger.summary()
        case "GET", "summary":
            return parts.ledger.summary()
        case "GET", "settings":
            return parts.dials.now
        case "PUT", "settings":
            return _turn(exchange, parts)
    raise ApiError(404, "The sandbox has GET and DELETE calls, GET summary, GET and PUT settings.")


def _calls(exchange: Exchange, parts: Parts) -> object:
    wanted = {name: values[-1] for name, values in exchange.request.parameters().items()}
    limit = wanted.pop("limit", str(DEFAULT_LIMIT))
    counted = wanted.pop("count", "") == "true"
    if unknown := wanted.keys() - FILTERS:
        raise invalid(
            f"{min(unknown)}: no such filter; there are {', '.join(sorted(FILTERS))}, limit and count"
        )
    if not limit.isdecimal():
        raise invalid("limit: must be a whole number")
    return {"count": parts.ledger.count(wanted)} if counted else parts.ledger.calls(wanted, int(limit))


def _turn(exchange: Exchange, parts: Parts) -> object:
    try:
        return parts.dials.turn(msgspec.json.decode(exchange.request.body(), type=dict[str, object]))
    except (msgspec.DecodeError, SettingError) as error:
        raise invalid(str(error)) from error
