"""The body of a batch creation: its requests one by one, each left as the JSON it is."""

from collections.abc import Iterator, Sequence

import msgspec

from api.anthropic.crowd import is_crowded
from api.decoding import JsonDecoder, UndecodableError, text_of
from api.errors import MalformedRequestError
from claude.dialect import Dialect
from claude.request import Problem
from jobs.submission import SubmittedRequest

MOST_REQUESTS = 100_000  # Anthropic's own limit for one batch
TOO_MANY = f"List should have at most {MOST_REQUESTS} items after validation"
LONGEST_CUSTOM_ID = 64
CUSTOM_ID_PATTERN = "^[a-zA-Z0-9_-]{1,64}$"
CUSTOM_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class _Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    requests: list[msgspec.Raw]


class _Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    custom_id: str
    params: msgspec.Raw


class _Unbatchable(msgspec.Struct, frozen=True):
    """The fields of a Messages request that a batch does not take; source: Anthropic's batch guide."""

    stream: bool | None = None
    speed: msgspec.Raw = msgspec.Raw()
    max_tokens: int | None = None


_batches = JsonDecoder(_Batch)
_requests = JsonDecoder(_Request)
_names = JsonDecoder(dict[str, msgspec.Raw])
_unbatchable = JsonDecoder(_Unbatchable)


class BatchRequests:
    """The requests of one batch, decoded anew on each pass, so that only their places are in memory.

    They are not checked again once a whole pass has found nothing wrong.
    """

    def __init__(self, requests: Sequence[msgspec.Raw], *, headers: dict[str, str]) -> None:
        self._requests = requests
        self._headers = headers
        self._are_sound = False

    def __iter__(self) -> Iterator[SubmittedRequest]:
        are_sound = True
        for index, raw in enumerate(self._requests):
            try:
                yield self._read(raw)
            except UndecodableError as error:
                are_sound = False
                yield _faulty(index, raw, error)
        self._are_sound = are_sound

    def _read(self, raw: msgspec.Raw) -> SubmittedRequest:
        request = _requests.decode(raw)
        body = text_of(request.params)
        if not self._are_sound:
            _check_custom_id(request.custom_id)
            _check_batchable(request.params)
        return SubmittedRequest(
            custom_id=request.custom_id, dialect=Dialect.MESSAGES, body=body, headers=self._headers
        )


def read_batch(body: memoryview, *, headers: dict[str, str]) -> BatchRequests:
    """Return the requests in `body`; raises `MalformedRequestError` if the body as a whole is no batch."""
    if is_crowded(body, MOST_REQUESTS):
        raise MalformedRequestError(f"requests: {TOO_MANY}")
    try:
        requests = _batches.decode(body).requests
    except UndecodableError as error:
        raise MalformedRequestError(
            f"{error.field}: {error}" if error.field else f"the body is {error}"
        ) from None
    if not requests:
        raise MalformedRequestError("requests: List should have at least 1 item after validation, not 0")
    if len(requests) > MOST_REQUESTS:
        raise MalformedRequestError(f"requests: {TOO_MANY}, not {len(requests)}")
    return BatchRequests(requests, headers=headers)


def _check_custom_id(custom_id: str) -> None:
    if not custom_id:
        raise UndecodableError("custom_id", "String should have at least 1 character")
    if len(custom_id) > LONGEST_CUSTOM_ID:
        raise UndecodableError("custom_id", f"String should have at most {LONGEST_CUSTOM_ID} characters")
    if not CUSTOM_ID_CHARACTERS.issuperset(custom_id):
        raise UndecodableError("custom_id", f"String should match pattern '{CUSTOM_ID_PATTERN}'")


def _check_batchable(params: msgspec.Raw) -> None:
    try:
        found = _unbatchable.decode(params)
    except UndecodableError:
        return  # the check of the whole request says it better
    if found.stream:
        raise UndecodableError("params.stream", "Streaming is not supported in batches")
    if found.speed:
        raise UndecodableError("params.speed", "Not supported in batches")
    if found.max_tokens == 0:
        raise UndecodableError("params.max_tokens", "Input should be greater than or equal to 1 in batches")


def _faulty(index: int, raw: msgspec.Raw, error: UndecodableError) -> SubmittedRequest:
    field = f"requests.{index}.{error.field}" if error.field else f"requests.{index}"
    fault = Problem(field=field.rstrip("."), message=error.message)
    return SubmittedRequest(custom_id=_custom_id(raw), dialect=Dialect.MESSAGES, body="", fault=fault)


def _custom_id(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(_names.decode(raw).get("custom_id", msgspec.Raw(b"null")), type=str | None)
    except (UndecodableError, ValueError):
        return None
