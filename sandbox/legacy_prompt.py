r"""Legacy prompts: the turns of a `\\n\\nHuman: ... \\n\\nAssistant:` text, validated as the API did."""

from dataclasses import dataclass

from sandbox.errors import invalid

HUMAN = "\n\nHuman:"
ASSISTANT = "\n\nAssistant:"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyPrompt:
    """What a prompt says: before the first turn, in the last Human turn, and after the last `Assistant:`."""

    system: str
    asked: str
    prefill: str


def read_prompt(prompt: str) -> LegacyPrompt:
    """Read a prompt; raises `ApiError` where a turn is missing. A bare `Human:` at the start is forgiven."""
    text = prompt
    if text.lstrip().startswith("Human:"):
        text = HUMAN + text.lstrip().removeprefix("Human:")
    system, found, turns = text.partition(HUMAN)
    if not found or ASSISTANT in system:
        raise invalid('prompt must start with "\\n\\nHuman:" turn')
    before, found, prefill = turns.rpartition(ASSISTANT)
    if not found or HUMAN in prefill:
        raise invalid('prompt must end with "\\n\\nAssistant:" turn')
    asked = (HUMAN + before).rpartition(HUMAN)[2].partition(ASSISTANT)[0]
    return LegacyPrompt(system=system.strip(), asked=asked.strip(), prefill=prefill.rstrip(" "))
