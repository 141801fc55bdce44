"""Decodes JSON that a stranger wrote: every fault becomes a field and a sentence."""

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
TEXT_LIMIT = 300  # characters of a message: it may quote the input
PATH = re.compile(r" - at `\$?(?P<path>[^`]*)`$")
MISSING = re.compile(r"^Object missing required field `(?P<name>.+)`$")
UNKNOWN = re.compile(r"^Object contains unknown field `(?P<name>.+)`$")


class UndecodableError(Exception):
    """The JSON is not what is expected; `field` says where, as a dotted path."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message[:TEXT_LIMIT]


class JsonDecoder(Generic[T]):
    """Decodes one type; may be shared between threads."""

    def __init__(self, expected: type[T]) -> None:
        self._decode = msgspec.json.Decoder(expected).decode

    def decode(self, text: bytes | memoryview | msgspec.Raw) -> T:
        """Return the value in `text`; raises `UndecodableError`."""
        try:
            return self._decode(text)
        except msgspec.ValidationError as error:
            fault = _fault(str(error))
            raise UndecodableError(fault.field, fault.message) from None
        except msgspec.DecodeError as error:
            raise UndecodableError(
                "", f"not valid JSON: {str(error).removeprefix('JSON is malformed: ')}"
            ) from None
        except UnicodeDecodeError as error:
            raise UndecodableError("", f"not valid UTF-8: {error.reason}") from None
        except RecursionError:
            raise UndecodableError("", "nested too deeply") from None


def text_of(raw: msgspec.Raw) -> str:
    """Return the JSON in `raw` as text; raises `UndecodableError` if it is not UTF-8."""
    try:
        return str(memoryview(raw), "utf-8")
    except UnicodeDecodeError as error:
        raise UndecodableError("", f"not valid UTF-8: {error.reason} at byte {error.start}") from None


@dataclass(frozen=True, slots=True)
class _Fault:
    field: str
    message: str


def _fault(description: str) -> _Fault:
    """Take msgspec's description of a misfit apart into the field and what is wrong with it."""
    path = ""
    if found := PATH.search(description):
        path = re.sub(r"\[(\d+)\]", r".\1", found["path"]).replace("[...]", "").strip(".")
        description = description[: found.start()]
    if missing := MISSING.match(description):
        return _Fault(_join(path, missing["name"]), "Field required")
    if unknown := UNKNOWN.match(description):
        return _Fault(_join(path, unknown["name"]), "Extra inputs are not permitted")
    return _Fault(path, description)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
