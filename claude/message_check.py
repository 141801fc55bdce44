"""Telling a person everything that is wrong with a request in Messages format."""

from claude.model_name import check_model
from claude.reader import Reader, kind

ROLES = ("user", "assistant", "system")
"""`system` inside the conversation is for Claude Opus 4.8 and later; Claude refuses it for older models."""

MOST_MESSAGES = 100_000

LEAST_MAX_TOKENS = 0
"""Asks for no answer and only fills the prompt cache; not in batches."""


def check_messages(request: Reader) -> None:
    """Report all that is wrong with a request; fields that are not known here are Claude's to judge."""
    check_model(request)
    if not request.has("max_tokens"):
        request.refuse("max_tokens", "is missing")
    request.count("max_tokens", least=LEAST_MAX_TOKENS)
    request.flag("stream")
    request.items("tools")
    if request.has("system"):
        _check_system(request)
    messages = request.children("messages")
    if messages is None:
        if not request.has("messages"):
            request.refuse("messages", "is missing")
    elif not request.fields["messages"]:
        request.refuse("messages", "must hold at least one message")
    elif len(messages) > MOST_MESSAGES:
        request.refuse("messages", f"must hold at most {MOST_MESSAGES} messages")
    for index, message in enumerate(messages or [], start=1):
        _check_message(message, is_last=index == len(messages or []))


def _check_system(request: Reader) -> None:
    if isinstance(request.fields["system"], str):
        return
    for block in request.children("system") or []:
        if block.text("type") != "text":
            block.refuse("type", 'must be "text": a system prompt holds nothing else')
        else:
            block.required_text("text")


def _check_message(message: Reader, *, is_last: bool) -> None:
    role = message.text("role")
    if role is not None and role not in ROLES:
        message.refuse("role", f"must be one of {', '.join(ROLES)}, not {role!r}")
    elif not message.has("role"):
        message.refuse("role", "is missing")
    content = message.fields.get("content")
    if content in ("", []) and is_last and role == "assistant":
        return  # the API's own exception: an empty last assistant message counts as none
    if isinstance(content, str):
        message.required_text("content")
    elif isinstance(content, list):
        _check_blocks(message)
    elif content is None:
        message.refuse("content", "is missing")
    else:
        message.refuse("content", f"must be a string or a list of content blocks, not {kind(content)}")


def _check_blocks(message: Reader) -> None:
    if not message.fields["content"]:
        message.refuse("content", "must not be empty")
    for block in message.children("content") or []:
        block_type = block.required_text("type")
        if block_type == "text":
            block.required_text("text")
        else:
            block.text("text")
