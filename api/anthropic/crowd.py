"""Refuses a body with far too many requests before an object is made for each of them."""

import re

BLOCK = 1 << 20
HARMLESS_COMMAS = 4_000_000  # so many elements, were every comma to part two of them, still fit into memory
TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|([\[{])|([\]}])|(,)', re.DOTALL)
OPENING, CLOSING, COMMA = 1, 2, 3
ELEMENT_DEPTH = 2  # within the body's object, within its array


def is_crowded(body: memoryview, most: int) -> bool:
    """Return whether an array at the top of the object in `body` has over `most` elements.

    Counting commas settles it for almost every body; only one with millions of them is looked at in full.
    """
    commas = sum(bytes(body[start : start + BLOCK]).count(b",") for start in range(0, len(body), BLOCK))
    return commas > HARMLESS_COMMAS and _has_over(body, most)


def _has_over(body: memoryview, most: int) -> bool:
    depth = 0
    elements = 1
    for token in TOKEN.finditer(body):
        if token.lastindex == OPENING:
            depth += 1
        elif token.lastindex == CLOSING:
            depth -= 1
        elif token.lastindex == COMMA and depth == ELEMENT_DEPTH:
            elements += 1
            if elements > most:
                return True
    return False
