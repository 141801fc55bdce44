"""Ids and endpoints as OpenAI's clients hand them in, checked for form before the database is asked."""

import re
from collections.abc import Callable

from api.ids import is_id
from api.openai.errors import ParameterError
from claude.dialect import Dialect
from jobs.ids import ALPHABET, BATCH_PREFIX, FILE_PREFIX, LENGTH

ENDPOINTS = {"/v1/chat/completions": Dialect.CHAT, "/v1/messages": Dialect.MESSAGES}
"""What the lines of a batch may be sent to, and so the format of their bodies."""

FILE_ID = re.compile(rf"{FILE_PREFIX}[{ALPHABET}]{{{LENGTH}}}")


def is_file_id(text: str) -> bool:
    """Return whether `text` can be the id of an uploaded file."""
    return FILE_ID.fullmatch(text) is not None


def is_batch_id(text: str) -> bool:
    """Return whether `text` can be the id of a batch of this dialect."""
    return is_id(text, BATCH_PREFIX)


def check_after(after: str | None, is_right: Callable[[str], bool]) -> None:
    """Raise `ParameterError` where a list is asked to go on after something that cannot be in it."""
    if after is not None and not is_right(after):
        raise ParameterError("after", f"after: {after[:80]!r} is not an id of this list")
