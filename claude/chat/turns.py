"""Putting turns into the order that the Messages API wants."""

from collections.abc import Iterable
from dataclasses import dataclass

from claude.reader import Fields


@dataclass(slots=True)
class Turn:
    """What one side said, as content blocks."""

    role: str
    """`user`, `assistant`, or `system` for a system message inside the conversation."""
    blocks: list[Fields]

    def json(self) -> Fields:
        """Return the message; a single plain text as a string."""
        return {"role": self.role, "content": plain(self.blocks)}


def plain(blocks: list[Fields]) -> str | list[Fields]:
    """Return a single text without any extras as a string, which means the same to Claude."""
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"}:
        return str(blocks[0]["text"])
    return blocks


def arranged(turns: Iterable[Turn]) -> tuple[list[Turn], list[Fields]]:
    """Merge neighbours of one role, tool results first, system messages behind the user turn they precede.

    A system message may only follow a user turn, and an assistant turn or nothing may follow it; the blocks
    of those that find no such place come back second, for the system prompt.
    """
    placed: list[Turn] = []
    waiting: list[Fields] = []
    unplaced: list[Fields] = []
    for turn in turns:
        if turn.role == "system":
            waiting += turn.blocks
        elif turn.role == "assistant" and waiting:
            unplaced += _place(waiting, placed)
            waiting = []
            _append(turn, placed)
        else:
            _append(turn, placed)
    unplaced += _place(waiting, placed)
    for turn in placed:
        turn.blocks.sort(key=lambda block: turn.role == "user" and block["type"] != "tool_result")
    return [turn for turn in placed if turn.blocks], unplaced


def _place(waiting: list[Fields], placed: list[Turn]) -> list[Fields]:
    if waiting and placed and placed[-1].role == "user":
        placed.append(Turn("system", waiting))
        return []
    return waiting


def _append(turn: Turn, placed: list[Turn]) -> None:
    if placed and placed[-1].role == turn.role:
        placed[-1].blocks += turn.blocks
    else:
        placed.append(turn)
