"""Chat requests for the models that take one text prompt, on `/v1/complete`."""

from claude.chat.content import Holder, content_blocks
from claude.chat.conversation import SYSTEM_ROLES, TOOL_ROLES, read_role
from claude.models import ModelCard
from claude.prompt import Speaker, Turn, merged, render_prompt, without_turn_markers
from claude.reader import Reader


def read_prompt(messages: list[Reader], card: ModelCard) -> str:
    """Translate the messages; parts are joined by a line break, neighbours of one speaker by a blank line."""
    turns = merged(turn for message in messages if (turn := _turn(message)) is not None)
    spoken = [turn for turn in turns if turn.speaker is not Speaker.SYSTEM]
    if messages and not spoken and not messages[0].report.refusals:
        messages[0].report.refuse("messages", "must hold at least one message that is not a system message")
    for turn in turns:
        if without_turn_markers(turn.text) != turn.text:
            messages[0].report.warn(
                f"Human: and Assistant: in a text of the {turn.speaker}'s became H: and A:, "
                "or the model would take them for turns"
            )
    return render_prompt(turns, has_system_prompt=card.has_system_prompt)


def _turn(message: Reader) -> Turn | None:
    role = read_role(message)
    if role in TOOL_ROLES:
        message.refuse("role", f"must not be {role}: this model has no tools")
        return None
    if role is None:
        return None
    if message.has("tool_calls") or message.has("function_call"):
        name = "tool_calls" if message.has("tool_calls") else "function_call"
        message.refuse(name, "must not be there: this model has no tools")
        return None
    if message.has("name"):
        message.report.warn(f"{message.path_of('name')} was left out: Claude's messages have no names")
    speaker = Speaker.SYSTEM if role in SYSTEM_ROLES else Speaker(role)
    holder = Holder.ASSISTANT if speaker is Speaker.ASSISTANT else Holder.PROMPT
    texts = [str(block.get("text", "")) for block in content_blocks(message, holder)]
    return Turn(speaker, "\n".join(texts)) if texts else None


def refuse_tools(request: Reader) -> None:
    """Refuse tools, which these models do not have."""
    if request.items("tools"):
        request.refuse("tools", "must not be there: this model has no tools")
