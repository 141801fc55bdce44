"""Decoding a request body: whatever the bytes, they are JSON to work with or a reported problem."""

import re
from typing import cast

import msgspec

from claude.reader import Fields, Reader, kind
from claude.report import Report

DEEPEST = 128
"""Levels of nesting that are let through; JSON readers on the way give up at a few hundred or a thousand."""

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""The closing quote is optional, or a string without an end would be looked for again and again."""

_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_OPENING = frozenset(b"[{")
_NO_OPENINGS = bytes(byte for byte in range(256) if byte not in _OPENING)

_decode_any = msgspec.json.Decoder().decode


def checked_bytes(body: bytes | str, report: Report) -> bytes | None:
    """Return the body as UTF-8 that may be decoded, or None where it cannot be; the report says why."""
    try:
        if isinstance(body, str):
            body = body.encode()
        else:
            body.decode()
    except UnicodeError:
        report.refuse("", "the body is not UTF-8")
        return None
    if 0 in body:
        report.refuse("", "the body is not JSON: it contains a NUL byte")
        return None
    if len(body.translate(None, _NO_OPENINGS)) > DEEPEST and _depth(body) > DEEPEST:
        report.refuse("", f"the body is nested more than {DEEPEST} levels deep")
        return None
    return body


def read_body(body: bytes, report: Report) -> Reader | None:
    """Decode a checked body whole; None where it is no JSON object, and the report says why."""
    try:
        value = _decode_any(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        report.refuse("", f"the body is not JSON: {error}")
        return None
    if not isinstance(value, dict):
        report.refuse("", f"the body must be a JSON object, not {kind(value)}")
        return None
    return Reader(cast("Fields", value), "", report)


def _depth(body: bytes) -> int:
    depth = deepest = 0
    for byte in _STRING.sub(b"", body).translate(None, _NO_BRACKETS):
        if byte in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest
