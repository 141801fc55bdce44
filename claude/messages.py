"""Requests in Anthropic's Messages format: read at speed where they are sound, else at leisure."""

from typing import Literal

import msgspec

from claude.body import read_body
from claude.message_check import LEAST_MAX_TOKENS, check_messages
from claude.model_name import LONGEST_MODEL
from claude.reader import LARGEST_INTEGER
from claude.report import Found, Report
from claude.tokens import DOCUMENT_BYTES_PER_TOKEN, TOKENS_PER_IMAGE, tokens_of, utf8_length

INLINE = b'"base64"'
"""What gives away a picture or a file inside a tool's result."""

_NOTHING = msgspec.Raw(b"")


class Block(msgspec.Struct, gc=False):
    """A content block, as far as it is looked into."""

    type: str
    text: str | None = None
    content: msgspec.Raw = _NOTHING
    input: msgspec.Raw = _NOTHING
    source: msgspec.Raw = _NOTHING


class Message(msgspec.Struct, gc=False):
    """A turn of the conversation."""

    role: Literal["user", "assistant", "system"]
    content: str | list[Block]


class MessagesRequest(msgspec.Struct, gc=False):
    """The fields that are looked into; what else there is goes to Claude unseen."""

    model: str
    max_tokens: int
    messages: list[Message]
    stream: bool | None = None
    system: str | list[Block] | None = None
    tools: list[msgspec.Raw] | None = None


_decode = msgspec.json.Decoder(MessagesRequest).decode


def inspect_messages(body: bytes, report: Report) -> Found | None:
    """Check a request; None where it is unusable."""
    try:
        request = _decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        _explain(body, report, str(error))
        return None
    if not _looks_sound(request):
        _explain(body, report, "")
        if report.refusals:
            return None
    return Found(request.model, request.stream or False, request.max_tokens, _estimate(request))


def estimate_input_tokens(body: bytes) -> int:
    """Estimate the input tokens of a body that is known to be sound."""
    return _estimate(_decode(body))


def _looks_sound(request: MessagesRequest) -> bool:
    if not request.messages or not LEAST_MAX_TOKENS <= request.max_tokens <= LARGEST_INTEGER:
        return False
    model = request.model
    if not model.strip() or not model.isprintable() or len(model) > LONGEST_MODEL:
        return False
    if request.system and not _has_content(request.system):
        return isinstance(request.system, str)
    return all(_has_content(message.content) for message in request.messages)


def _has_content(content: str | list[Block]) -> bool:
    if isinstance(content, str):
        return bool(content) and not content.isspace()
    if not content:
        return False
    return all(block.type != "text" or bool(block.text and not block.text.isspace()) for block in content)


def _explain(body: bytes, report: Report, otherwise: str) -> None:
    """Walk the whole body and report each problem; `otherwise` where the walk finds none."""
    reader = read_body(body, report)
    if reader is not None:
        check_messages(reader)
    if otherwise and not report.refusals:
        report.refuse("", otherwise)


def _estimate(request: MessagesRequest) -> int:
    text_bytes = sum(map(len, request.tools or ()))
    tokens = 0
    contents = [message.content for message in request.messages]
    if request.system:
        contents.append(request.system)
    for content in contents:
        if isinstance(content, str):
            text_bytes += utf8_length(content)
            continue
        for block in content:
            text_bytes += utf8_length(block.text) if block.text else 0
            text_bytes += len(block.input)
            tokens += _media_tokens(block)
            if block.content and INLINE in bytes(block.content):
                tokens += len(block.content) // DOCUMENT_BYTES_PER_TOKEN
            else:
                text_bytes += len(block.content)
    return tokens + tokens_of(text_bytes)


def _media_tokens(block: Block) -> int:
    if block.type == "image":
        return TOKENS_PER_IMAGE
    return len(block.source) // DOCUMENT_BYTES_PER_TOKEN
