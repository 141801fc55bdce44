"""Tokens: a steady estimate of what a text costs, and the pieces an answer is made of."""

import re

from sandbox.catalog import Model

PIECE = re.compile(r"\s*\S{1,5}|\s+$")
BYTES_PER_TOKEN = 4
NEW_TOKENIZER = 1.3
PER_MESSAGE = 4
PER_REQUEST = 3
PER_IMAGE = 1_500
TOOLS_PROMPT = 346


def pieces_of(text: str) -> list[str]:
    """Return the text in pieces of one output token each; put together again they are the text."""
    return PIECE.findall(text)


def of_text(text: str, model: Model) -> int:
    """Estimate the tokens of a text; newer models count about 30 % more of them."""
    tokens = -(-len(text) // BYTES_PER_TOKEN)
    return round(tokens * NEW_TOKENIZER) if model.new_tokenizer else tokens
