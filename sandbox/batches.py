"""The endpoints under /v1/messages/batches."""

import re
from collections.abc import Iterator

import msgspec

from sandbox.batch import Batch, Item
from sandbox.checks import json_bytes
from sandbox.errors import ApiError, invalid
from sandbox.exchange import Exchange
from sandbox.faults import encoded
from sandbox.ids import utc_now
from sandbox.pages import page_of
from sandbox.parts import Caller, Parts

CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
LONGEST_CUSTOM_ID = 64
MOST_REQUESTS = 100_000
LINES_AT_ONCE = 200
BATCH_CLASS = "batches"


class _Envelope(msgspec.Struct):
    requests: list[dict[str, msgspec.Raw]]


async def create_batch(exchange: Exchange, parts: Parts, caller: Caller) -> None:
    """Take a batch in; faults of single requests show in its results."""
    items = _items(json_bytes(exchange.request))
    batch = parts.batches.add(items, account=caller.account, version=caller.version, betas=caller.betas)
    exchange.respond(200, encoded(batch.shown(_origin(exchange))))


async def list_batches(exchange: Exchange, parts: Parts, caller: Caller) -> None:
    """Answer one page of the caller's batches, the newest first."""
    frame, batches = page_of(parts.batches.newest_first(caller.account), exchange.request.parameters())
    data = [batch.shown(_origin(exchange)) for batch in batches]
    exchange.respond(200, encoded({"data": data, **frame}))


async def retrieve_batch(exchange: Exchange, parts: Parts, caller: Caller, batch_id: str) -> None:
    """Answer one batch."""
    exchange.respond(200, encoded(parts.batches.get(batch_id, caller.account).shown(_origin(exchange))))


async def cancel_batch(exchange: Exchange, parts: Parts, caller: Caller, batch_id: str) -> None:
    """Ask a batch to stop; what is not done yet will be canceled."""
    batch = parts.batches.get(batch_id, caller.account)
    if batch.ended_at is not None:
        raise invalid(f"Message batch {batch_id} has ended and can no longer be canceled.")
    batch.cancel(utc_now())
    exchange.respond(200, encoded(batch.shown(_origin(exchange))))


async def delete_batch(exchange: Exchange, parts: Parts, caller: Caller, batch_id: str) -> None:
    """Forget a batch that has ended."""
    batch = parts.batches.get(batch_id, caller.account)
    if batch.ended_at is None:
        raise invalid(f"Message batch {batch_id} is still being processed; cancel it before it is deleted.")
    parts.batches.remove(batch)
    exchange.respond(200, encoded({"id": batch_id, "type": "message_batch_deleted"}))


async def batch_results(exchange: Exchange, parts: Parts, caller: Caller, batch_id: str) -> None:
    """Send the results, a line each and in no order."""
    batch = parts.batches.get(batch_id, caller.account)
    if batch.ended_at is None:
        raise invalid(f"Message batch {batch_id} has not ended; its results are not there yet.")
    if batch.archived_at is not None:
        raise ApiError(404, f"The results of message batch {batch_id} are archived.")
    exchange.start("application/x-jsonl")
    cut = caller.plan.get("cut")
    for sent, piece in _pieces(batch, 1 if cut else LINES_AT_ONCE):
        if cut and sent == int(cut.number("after", 0)):
            caller.call.ended = "failed"
            await exchange.cut(piece[: len(piece) // 2])
            return
        await exchange.send(piece)
    exchange.finish()


def _pieces(batch: Batch, size: int) -> Iterator[tuple[int, bytes]]:
    for start in range(0, len(batch.lines), size):
        yield start, b"".join(batch.lines[start : start + size])


def _items(body: bytes) -> list[Item]:
    try:
        requests = msgspec.json.decode(body, type=_Envelope).requests
    except msgspec.ValidationError as error:
        raise invalid(f"requests: {error}") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise invalid(f"The request body is not valid JSON: {error}") from error
    if not 1 <= len(requests) <= MOST_REQUESTS:
        bound = "at least 1 item" if not requests else f"at most {MOST_REQUESTS} items"
        raise invalid(f"requests: List should have {bound} after validation, not {len(requests)}")
    seen: set[str] = set()
    items = []
    for index, request in enumerate(requests):
        custom_id = _custom_id(request, f"requests.{index}")
        if custom_id in seen:
            raise invalid(f"requests.{index}.custom_id: `{custom_id}` is not unique in this batch")
        seen.add(custom_id)
        items.append(Item(custom_id, request["params"]))
    return items


def _custom_id(request: dict[str, msgspec.Raw], where: str) -> str:
    for name in ("custom_id", "params"):
        if name not in request:
            raise invalid(f"{where}.{name}: Field required")
    if extra := request.keys() - {"custom_id", "params"}:
        raise invalid(f"{where}.{min(extra)}: Extra inputs are not permitted")
    custom_id = msgspec.json.decode(request["custom_id"])
    if not isinstance(custom_id, str):
        raise invalid(f"{where}.custom_id: Input should be a valid string")
    if len(custom_id) > LONGEST_CUSTOM_ID:
        raise invalid(f"{where}.custom_id: String should have at most {LONGEST_CUSTOM_ID} characters")
    if not CUSTOM_ID.fullmatch(custom_id):
        raise invalid(f"{where}.custom_id: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
    return custom_id


def _origin(exchange: Exchange) -> str:
    return f"http://{exchange.request.header(b'host')}"
