r"""Conversations as the one text that the models before Claude 3 take on `/v1/complete`.

Sources, all at docs.anthropic.com: api/prompt-validation (turns, the two newlines, first Human, last
Assistant), docs/legacy-model-guide (system prompts only with Claude 2.1, as the text before the first turn),
docs/human-and-assistant-formatting (`H:` and `A:` for dialogue that is only quoted). The markers are those of
Anthropic's own SDK: no space after the colon, so that the model itself writes it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

HUMAN = "\n\nHuman:"
ASSISTANT = "\n\nAssistant:"


class Speaker(StrEnum):
    """Whose turn it is."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said before another took over."""

    speaker: Speaker
    text: str


_MARKER = re.compile(r"(H)uman:|(A)ssistant:")


def without_turn_markers(text: str) -> str:
    """Write `Human:` and `Assistant:` as `H:` and `A:` where they would pass for turns of their own."""
    return _MARKER.sub(_quoted, text)


def _quoted(marker: re.Match[str]) -> str:
    """Judge one marker: it opens a turn where a blank line stands before it."""
    start, newlines = marker.start(), 0
    while start and marker.string[start - 1].isspace():
        start -= 1
        newlines += marker.string[start] == "\n"
    return f"{marker[1] or marker[2]}:" if newlines > 1 else marker[0]


def merged(turns: Iterable[Turn]) -> list[Turn]:
    """Make one turn of neighbours with one speaker, a blank line between their texts."""
    whole: list[Turn] = []
    for turn in turns:
        if whole and whole[-1].speaker is turn.speaker:
            whole[-1] = Turn(turn.speaker, f"{whole[-1].text}\n\n{turn.text}")
        else:
            whole.append(turn)
    return whole


def render_prompt(turns: Sequence[Turn], *, has_system_prompt: bool) -> str:
    """Render a conversation; a last turn of the assistant's is left open, for the model to go on with.

    `has_system_prompt` puts what the system says bare before the first turn (Claude 2.1); without it each
    system turn is a Human turn of its own, in `<admin>` tags, where it stands.
    """
    system = ""
    if has_system_prompt:
        system = _bare([turn.text for turn in turns if turn.speaker is Speaker.SYSTEM])
        turns = [turn for turn in turns if turn.speaker is not Speaker.SYSTEM]
    prompt = system + "".join(_rendered(turn) for turn in _with_human_first(merged(turns)))
    if turns and turns[-1].speaker is Speaker.ASSISTANT:
        return prompt.rstrip()
    return prompt + ASSISTANT


def _bare(texts: list[str]) -> str:
    """Join the system's texts; the API takes a `Human:` at the very start for a turn, newlines or not."""
    return without_turn_markers("\n\n" + "\n\n".join(texts)).removeprefix("\n\n")


def _with_human_first(turns: list[Turn]) -> list[Turn]:
    if turns and turns[0].speaker is Speaker.ASSISTANT:
        return [Turn(Speaker.USER, ""), *turns]
    return turns


def _rendered(turn: Turn) -> str:
    text = without_turn_markers(turn.text)
    if turn.speaker is Speaker.SYSTEM:
        return f"{HUMAN} <admin>{text}</admin>"
    marker = ASSISTANT if turn.speaker is Speaker.ASSISTANT else HUMAN
    return f"{marker} {text}" if text else marker
