"""What a Messages body says: its texts, what it asks last, and the tokens it costs."""

from dataclasses import dataclass

import msgspec

from sandbox import tokens
from sandbox.catalog import Model
from sandbox.checks import Body
from sandbox.ledger import digest_of
from sandbox.message_checks import blocks_of, turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The parts of a body that an answer depends on."""

    asked: str
    prefill: str
    system: str
    answered_by_tool: bool
    digest: bytes


def read_conversation(body: Body) -> Conversation:
    """Read a checked body; `asked` is the text of the last user turn."""
    said = list(turns(body))
    last_role, last = said[-1]
    asked, by_tool = "", False
    for role, content in reversed(said):
        if role == "user":
            asked = text_of(content)
            by_tool = any(block["type"] == "tool_result" for block in blocks_of(content))
            break
    system = text_of(body.get("system") or "")
    return Conversation(
        asked=asked,
        prefill=text_of(last) if last_role == "assistant" else "",
        system=system,
        answered_by_tool=by_tool,
        digest=digest_of(_whole(system, said)),
    )


def text_of(content: object) -> str:
    """Return the text of a turn, its blocks joined by line breaks."""
    if isinstance(content, str):
        return content
    return "\n".join(str(block["text"]) for block in blocks_of(content) if block["type"] == "text")


def count_tokens(body: Body, model: Model) -> int:
    """Estimate the input tokens of a body: the same number for counting and for use."""
    total = tokens.PER_REQUEST
    system = body.get("system")
    if system:
        total += tokens.of_text(text_of(system), model)
    tools = body.get("tools")
    if tools:
        total += tokens.TOOLS_PROMPT + tokens.of_text(msgspec.json.encode(tools).decode(), model)
    return total + sum(tokens.PER_MESSAGE + tokens_of_content(content, model) for _, content in turns(body))


def tokens_of_content(content: object, model: Model) -> int:
    """Estimate the tokens of one turn."""
    if isinstance(content, str):
        return tokens.of_text(content, model)
    return sum(tokens_of_block(block, model) for block in blocks_of(content))


def tokens_of_block(block: dict[str, object], model: Model) -> int:
    """Estimate the tokens of one block; an image costs the same whatever its size."""
    if block["type"] == "text":
        return tokens.of_text(str(block["text"]), model)
    if block["type"] == "image":
        return tokens.PER_IMAGE
    plain = {name: value for name, value in block.items() if name != "cache_control"}
    return tokens.of_text(msgspec.json.encode(plain).decode(), model)


def _whole(system: str, said: list[tuple[str, object]]) -> str:
    parts = [system]
    for role, content in said:
        parts += [role, content if isinstance(content, str) else msgspec.json.encode(content).decode()]
    return "\0".join(parts)
