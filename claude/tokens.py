"""Estimating how many input tokens a request will cost, for reservations made before Claude has counted."""

BYTES_PER_TOKEN = 3.5
"""English comes to about 3.5 UTF-8 bytes a token on current models, other scripts to not much less."""

TOKENS_PER_IMAGE = 1_600
"""What a picture of ordinary size costs, whatever the length of its base64."""

DOCUMENT_BYTES_PER_TOKEN = 35
"""Base64 bytes a token of a PDF: a page is some 70 kB of base64 and some 2,000 tokens."""


def utf8_length(text: str) -> int:
    """How many bytes the text is in UTF-8, without encoding it in the ordinary case."""
    return len(text) if text.isascii() else len(text.encode(errors="replace"))


def tokens_of(text_bytes: float) -> int:
    """How many tokens so many bytes of text are; at least 1."""
    return int(text_bytes / BYTES_PER_TOKEN) + 1
