"""The body of a batch creation, checked field by field."""

import re
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from api.decoding import JsonDecoder, UndecodableError
from api.openai.errors import ParameterError
from api.openai.identity import ENDPOINTS
from api.openai.upload import ANCHOR, LEAST_LIFE_S, LONGEST_LIFE_S

WINDOW = re.compile(r"(?P<count>[0-9]{1,5})(?P<unit>[mhd])")
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
LONGEST_WINDOW = timedelta(days=30)
MOST_METADATA = 16
LONGEST_METADATA_KEY = 64
LONGEST_METADATA_VALUE = 512


class _Lifetime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    anchor: str
    seconds: int


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    input_file_id: str
    endpoint: str
    completion_window: str
    metadata: dict[str, str] | None = None
    output_expires_after: _Lifetime | None = None


_bodies = JsonDecoder(_Body)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOpenAIBatch:
    """What a caller says about a batch."""

    input_file_id: str
    endpoint: str
    completion_window: str
    expires_in: timedelta
    metadata: dict[str, str] | None
    output_expires_in: timedelta | None


def read_new_batch(body: bytes | memoryview) -> NewOpenAIBatch:
    """Return what the body says; raises `ParameterError` naming the first field that is wrong."""
    try:
        read = _bodies.decode(body)
    except UndecodableError as error:
        raise ParameterError(error.field, f"{error.field}: {error.message}".removeprefix(": ")) from None
    if read.endpoint not in ENDPOINTS:
        raise _fault("endpoint", f"{read.endpoint[:80]!r} is not one of {list(ENDPOINTS)}")
    _check_metadata(read.metadata or {})
    return NewOpenAIBatch(
        input_file_id=read.input_file_id,
        endpoint=read.endpoint,
        completion_window=read.completion_window,
        expires_in=_window(read.completion_window),
        metadata=read.metadata,
        output_expires_in=_lifetime(read.output_expires_after),
    )


def _window(text: str) -> timedelta:
    form = WINDOW.fullmatch(text)
    window = int(form["count"]) * UNITS[form["unit"]] if form else timedelta()
    if not timedelta() < window <= LONGEST_WINDOW:
        raise _fault("completion_window", "must be 24h, or another number of m, h or d up to 30d")
    return window


def _lifetime(given: _Lifetime | None) -> timedelta | None:
    if given is None:
        return None
    if given.anchor != ANCHOR:
        raise _fault("output_expires_after.anchor", f"must be {ANCHOR}")
    if not LEAST_LIFE_S <= given.seconds <= LONGEST_LIFE_S:
        raise _fault("output_expires_after.seconds", f"must be from {LEAST_LIFE_S} to {LONGEST_LIFE_S}")
    return timedelta(seconds=given.seconds)


def _check_metadata(metadata: dict[str, str]) -> None:
    if len(metadata) > MOST_METADATA:
        raise _fault("metadata", f"must have at most {MOST_METADATA} pairs")
    for key, value in metadata.items():
        if not 0 < len(key) <= LONGEST_METADATA_KEY or len(value) > LONGEST_METADATA_VALUE:
            raise _fault(
                "metadata",
                f"keys have 1 to {LONGEST_METADATA_KEY} characters, values at most {LONGEST_METADATA_VALUE}",
            )


def _fault(param: str, message: str) -> ParameterError:
    return ParameterError(param, f"{param}: {message}")
