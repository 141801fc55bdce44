"""The messages of a chat as Claude's system prompt and alternating turns."""

from dataclasses import dataclass, field

from claude.chat.content import THINKING_TYPES, Holder, cache_control_of, content_blocks
from claude.chat.tool_calls import ToolHistory
from claude.chat.turns import Turn, arranged
from claude.models import ModelCard
from claude.reader import Fields, Reader

SYSTEM_ROLES = frozenset({"system", "developer"})
TOOL_ROLES = frozenset({"tool", "function"})
ROLES = ("system", "developer", "user", "assistant", "tool", "function")


@dataclass(slots=True)
class Conversation:
    """What was said, in Claude's form."""

    system: list[Fields] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    is_prefilled: bool = False
    """Whether the last turn is the assistant's, for Claude to go on with."""


def read_role(message: Reader) -> str | None:
    """Read who speaks; None where it is nobody known."""
    role = message.required_text("role")
    if role is None or role in ROLES:
        return role
    message.refuse("role", f"must be one of {', '.join(ROLES)}, not {role!r}")
    return None


def read_conversation(messages: list[Reader], card: ModelCard, history: ToolHistory) -> Conversation:
    """Translate the messages: system messages hoisted, neighbours of one role merged, tool results first.

    A system message after the first turn stays in place where the model takes that, else it is hoisted too.
    """
    conversation = Conversation()
    turns: list[Turn] = []
    for message in messages:
        turn = _turn(message, history)
        if turn is None:
            continue
        if turn.role == "system" and not (turns and card.takes_system_messages):
            conversation.system += turn.blocks
            if turns:
                message.report.warn(
                    f"{message.path} was moved to the system prompt: the model takes none later"
                )
        else:
            turns.append(turn)
    history.close()
    conversation.turns, unplaced = arranged(turns)
    conversation.system += unplaced
    _check_end(conversation, messages, card)
    return conversation


def _turn(message: Reader, history: ToolHistory) -> Turn | None:
    role = read_role(message)
    if role is None:
        return None
    if role in TOOL_ROLES:
        result = history.result(message)
        return None if result is None else Turn("user", [result])
    if role == "assistant":
        history.close()
        return Turn("assistant", _marked(message, _assistant_blocks(message, history)))
    if message.has("name"):
        message.report.warn(f"{message.path_of('name')} was left out: Claude's messages have no names")
    if role in SYSTEM_ROLES:
        return Turn("system", _marked(message, content_blocks(message, Holder.SYSTEM)))
    return Turn("user", _marked(message, content_blocks(message, Holder.USER)))


def _assistant_blocks(message: Reader, history: ToolHistory) -> list[Fields]:
    """Thoughts first, then what was said, then the calls; beside those, saying nothing is ordinary."""
    thoughts = [dict(block.fields) for block in message.children("thinking_blocks") or []]
    calls = history.calls(message)
    if message.text("refusal") and not message.has("content"):
        spoken: list[Fields] = [{"type": "text", "text": message.required_text("refusal") or ""}]
    elif (thoughts or _has_calls(message)) and _says_nothing(message):
        spoken = []
    else:
        spoken = content_blocks(message, Holder.ASSISTANT)
    return [*thoughts, *spoken, *calls]


def _has_calls(message: Reader) -> bool:
    return bool(message.fields.get("tool_calls") or message.has("function_call"))


def _says_nothing(message: Reader) -> bool:
    content = message.fields.get("content")
    return content is None or content == [] or (isinstance(content, str) and not content.strip())


def _marked(message: Reader, blocks: list[Fields]) -> list[Fields]:
    """Put the message's own cache marker on its last block that can carry one."""
    marker = cache_control_of(message)
    bearers = [block for block in blocks if block["type"] not in THINKING_TYPES] if marker else []
    if bearers:
        bearers[-1]["cache_control"] = marker
    return blocks


def _drop_prefill(conversation: Conversation, message: Reader) -> None:
    reason = "this model does not go on with an assistant message (pre-fill)"
    if len(conversation.turns) == 1:
        message.report.refuse("messages", f"must hold a user message: {reason}")
        return
    message.report.adapt(message.path, reason)
    conversation.turns.pop()
    conversation.is_prefilled = False


def _check_end(conversation: Conversation, messages: list[Reader], card: ModelCard) -> None:
    if not conversation.turns:
        if messages and not messages[0].report.refusals:
            messages[0].report.refuse(
                "messages", "must hold at least one message that is not a system message"
            )
        return
    last = conversation.turns[-1]
    conversation.is_prefilled = last.role == "assistant"
    if not conversation.is_prefilled:
        return
    if not card.takes_prefill:
        _drop_prefill(conversation, messages[-1])
        return
    block = last.blocks[-1] if last.blocks else {}
    if block.get("type") == "text":
        block["text"] = str(block["text"]).rstrip()
