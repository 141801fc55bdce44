"""One chat completion straight from Claude, in the calling thread: no server, no queue, nothing stored."""

import os
import warnings
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from time import time
from typing import Any

import msgspec

from claude.chat.chunks import ChunkTranslator
from claude.chat.completion import to_completion
from claude.chat.reply import reply_shape
from claude.dialect import Dialect
from claude.errors import MissingKeyError
from claude.outgoing import Destination
from claude.request import inspect_request, wire_request
from claude.sync_call import SyncCall

DEFAULT_BASE_URL = "https://api.anthropic.com"

JsonObject = dict[str, Any]


class ChangedRequestWarning(UserWarning):
    """A part of the request was left out or changed, as the model does not take it."""


def complete_directly(
    *,
    model: str,
    messages: Sequence[Mapping[str, object]],
    stream: bool = False,
    api_key: str | None = None,
    base_url: str | None = None,
    timeout_s: float = 600.0,
    **params: object,
) -> JsonObject | Generator[JsonObject]:
    """Call Claude with a chat request in OpenAI's format; return its completion, or a generator of chunks.

    The key and the address come from ANTHROPIC_API_KEY (or the file that ANTHROPIC_API_KEY_FILE names) and
    ANTHROPIC_BASE_URL where they are not given. What the model does not take of the request is left out
    with a `ChangedRequestWarning`. `timeout_s` limits the call as a whole. Raises ClaudeError: what can be
    known before anything is sent, at once; the rest of a stream's errors while it is read. A stream that is
    not read out should be closed.
    """
    body = msgspec.json.encode({"model": model, "messages": list(messages), "stream": stream, **params})
    warn_of_changes(inspect_request(Dialect.CHAT, body).warnings, depth=3)
    destination = Destination(
        base_url=base_url or os.environ.get("ANTHROPIC_BASE_URL") or DEFAULT_BASE_URL,
        api_key=api_key or os.environ.get("ANTHROPIC_API_KEY") or _key_in_file(),
    )
    request = wire_request(Dialect.CHAT, body, {}, stream=stream)
    call = SyncCall(destination=destination, request=request, call_timeout_s=timeout_s)
    shape, created = reply_shape(body), int(time())
    if stream:
        return _chunks(call, ChunkTranslator(shape=shape, created=created))
    answer = call.answer()
    return to_completion(answer.body, answer.api, shape=shape, created=created)


def warn_of_changes(changes: Iterable[str], *, depth: int) -> None:
    """Warn of each of `changes` whoever asked for the completion, `depth` calls above this one."""
    for change in changes:
        warnings.warn(change, ChangedRequestWarning, stacklevel=depth + 1)


def _key_in_file() -> str:
    path = os.environ.get("ANTHROPIC_API_KEY_FILE")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise MissingKeyError(f"ANTHROPIC_API_KEY_FILE cannot be read: {reason}") from None


def _chunks(call: SyncCall, translator: ChunkTranslator) -> Generator[JsonObject]:
    with closing(call.events()) as events:
        for event in events:
            yield from translator.chunks(event)
