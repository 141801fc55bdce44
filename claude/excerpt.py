"""The start of a body that could not be read, fit to be shown to a person."""

import re
from html import unescape

import msgspec

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What reading a body as JSON may raise; the last is for one that is nested a thousand deep."""

EXCERPT_CHARACTERS = 500

_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(r"^\s*(<!doctype html|<html|<head|<body)", re.IGNORECASE)


def excerpt(body: bytes) -> str:
    """Shorten a body to a line: an HTML page to its title, an empty body to `an empty body`."""
    text = body[: 16 * EXCERPT_CHARACTERS].decode(errors="replace")
    if _HTML.match(text):
        title = _TITLE.search(text)
        heading = " ".join(unescape(title[1]).split())[:EXCERPT_CHARACTERS] if title else ""
        return f"an HTML page titled {heading!r}" if heading else "an HTML page"
    shown = "".join(character if character.isprintable() else " " for character in text).strip()
    if len(shown) > EXCERPT_CHARACTERS:
        return shown[:EXCERPT_CHARACTERS] + "…"
    return shown or "an empty body"
