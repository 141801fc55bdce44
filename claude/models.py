"""The Claude models and what each takes; as of November 2026, from Anthropic's models and migration pages."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

LONGEST_UNSTREAMED = 21_333
"""The most `max_tokens` that Anthropic's SDKs send unstreamed; with more a call may outlast ten minutes."""

PREFIXES = ("anthropic/", "anthropic_text/")
"""What callers of a multi-provider library write before a Claude model's id."""


class Sampling(StrEnum):
    """Which of `temperature` and `top_p` a model takes under `anthropic-version: 2023-06-01`."""

    BOTH = "both"
    ONE = "one"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What one model, or one family of models, takes."""

    max_output_tokens: int
    context_window: int
    is_known: bool = True
    is_deprecated: bool = False
    """Still served, and headed for retirement."""
    is_retired: bool = False
    """Refused by Anthropic's own servers; requests for it are still written in its format."""
    is_legacy: bool = False
    """Takes a `\\n\\nHuman:` prompt on `/v1/complete`, not messages."""
    has_system_prompt: bool = True
    """Whether there is a place for a system prompt; among the legacy models only 2.1 has one."""
    takes_prefill: bool = True
    sampling: Sampling = Sampling.BOTH
    thinking: frozenset[str] = frozenset()
    """The `thinking.type` values it takes."""
    thinks_unasked: bool = False
    efforts: tuple[str, ...] = ()
    """The `output_config.effort` values it takes."""
    takes_forced_tools: bool = True
    """Whether `tool_choice` may be `any` or `tool`."""
    takes_system_messages: bool = False
    """Whether `system` is a role inside the conversation."""
    takes_schema: bool = False
    """Whether `output_config.format` and strict tools are there."""

    @property
    def default_max_tokens(self) -> int:
        """What is asked for where the caller names no limit: all that one unstreamed call can bring."""
        return min(self.max_output_tokens, LONGEST_UNSTREAMED)


LOW_TO_HIGH = ("low", "medium", "high")
LOW_TO_MAX = (*LOW_TO_HIGH, "xhigh", "max")

_LEGACY = ModelCard(
    max_output_tokens=4_096,
    context_window=100_000,
    is_legacy=True,
    is_retired=True,
    has_system_prompt=False,
    takes_forced_tools=False,
)
_CLAUDE_2_1 = replace(_LEGACY, context_window=200_000, has_system_prompt=True)
_CLAUDE_3 = ModelCard(max_output_tokens=4_096, context_window=200_000, is_retired=True)
_CLAUDE_3_5 = replace(_CLAUDE_3, max_output_tokens=8_192)
_CLAUDE_4 = replace(_CLAUDE_3, max_output_tokens=64_000, thinking=frozenset({"enabled", "disabled"}))
_OPUS_4 = replace(_CLAUDE_4, max_output_tokens=32_000)
_OPUS_4_1 = replace(_OPUS_4, sampling=Sampling.ONE, takes_schema=True)
_CLAUDE_4_5 = replace(_CLAUDE_4, is_retired=False, sampling=Sampling.ONE, takes_schema=True)
_OPUS_4_5 = replace(_CLAUDE_4_5, efforts=LOW_TO_HIGH)
_CLAUDE_4_6 = replace(
    _CLAUDE_4_5,
    max_output_tokens=128_000,
    context_window=1_000_000,
    takes_prefill=False,
    thinking=frozenset({"adaptive", "enabled", "disabled"}),
    efforts=(*LOW_TO_HIGH, "max"),
)
_OPUS_4_7 = replace(
    _CLAUDE_4_6, sampling=Sampling.NONE, thinking=frozenset({"adaptive", "disabled"}), efforts=LOW_TO_MAX
)
_OPUS_4_8 = replace(_OPUS_4_7, takes_system_messages=True)
_CLAUDE_5 = replace(_OPUS_4_8, thinks_unasked=True)
_FABLE_5 = replace(_CLAUDE_5, thinking=frozenset({"adaptive"}))
_FABLE_5_1 = replace(_FABLE_5, takes_forced_tools=False)
_SONNET_5_5 = replace(_FABLE_5_1, thinking=frozenset({"adaptive", "between_tools"}))
_MYTHOS_PREVIEW = replace(
    _CLAUDE_4_6,
    is_deprecated=True,
    thinking=frozenset({"adaptive", "enabled"}),
    thinks_unasked=True,
    efforts=LOW_TO_MAX,
)

UNKNOWN = replace(
    _CLAUDE_5,
    is_known=False,
    max_output_tokens=4_096,
    takes_prefill=True,
    sampling=Sampling.BOTH,
    thinking=frozenset({"adaptive", "enabled", "disabled", "between_tools"}),
    thinks_unasked=False,
)
"""A model not in the catalogue is sent what was asked for, and a `max_tokens` that all models take."""

MODELS: dict[str, ModelCard] = {
    "claude-1.0": _LEGACY,
    "claude-1.1": _LEGACY,
    "claude-1.2": _LEGACY,
    "claude-1.3": _LEGACY,
    "claude-instant-1.0": _LEGACY,
    "claude-instant-1.1": _LEGACY,
    "claude-instant-1.2": _LEGACY,
    "claude-2.0": _LEGACY,
    "claude-2.1": _CLAUDE_2_1,
    "claude-3-haiku-20240307": _CLAUDE_3,
    "claude-3-sonnet-20240229": _CLAUDE_3,
    "claude-3-opus-20240229": _CLAUDE_3,
    "claude-3-5-sonnet-20240620": _CLAUDE_3_5,
    "claude-3-5-sonnet-20241022": _CLAUDE_3_5,
    "claude-3-5-haiku-20241022": _CLAUDE_3_5,
    "claude-3-7-sonnet-20250219": _CLAUDE_4,
    "claude-sonnet-4-20250514": _CLAUDE_4,
    "claude-opus-4-20250514": _OPUS_4,
    "claude-opus-4-1-20250805": _OPUS_4_1,
    "claude-sonnet-4-5-20250929": replace(_CLAUDE_4_5, is_deprecated=True),
    "claude-haiku-4-5-20251001": _CLAUDE_4_5,
    "claude-opus-4-5-20251101": _OPUS_4_5,
    "claude-sonnet-4-6": _CLAUDE_4_6,
    "claude-opus-4-6": _CLAUDE_4_6,
    "claude-mythos-preview": _MYTHOS_PREVIEW,
    "claude-opus-4-7": _OPUS_4_7,
    "claude-opus-4-8": _OPUS_4_8,
    "claude-fable-5": _FABLE_5,
    "claude-mythos-5": _FABLE_5,
    "claude-sonnet-5": _CLAUDE_5,
    "claude-opus-5": _CLAUDE_5,
    "claude-fable-5-1": _FABLE_5_1,
    "claude-mythos-5-1": _FABLE_5_1,
    "claude-opus-5-5": _FABLE_5_1,
    "claude-sonnet-5-5": _SONNET_5_5,
    "claude-haiku-5-5": _CLAUDE_5,
    "claude-fable-5-2": _FABLE_5_1,
    "claude-mythos-5-2": _FABLE_5_1,
}

ALIASES = {
    "claude-1": "claude-1.3",
    "claude-instant-1": "claude-instant-1.2",
    "claude-2": "claude-2.0",
    "claude-3-opus-latest": "claude-3-opus-20240229",
    "claude-3-5-sonnet-latest": "claude-3-5-sonnet-20241022",
    "claude-3-5-haiku-latest": "claude-3-5-haiku-20241022",
    "claude-3-7-sonnet-latest": "claude-3-7-sonnet-20250219",
    "claude-sonnet-4-0": "claude-sonnet-4-20250514",
    "claude-opus-4-0": "claude-opus-4-20250514",
    "claude-opus-4-1": "claude-opus-4-1-20250805",
    "claude-sonnet-4-5": "claude-sonnet-4-5-20250929",
    "claude-haiku-4-5": "claude-haiku-4-5-20251001",
    "claude-opus-4-5": "claude-opus-4-5-20251101",
}
"""Short names for dated ids; they are sent as they are, Claude resolves them."""

_SNAPSHOT = re.compile(r"-20\d{6}$")


def without_prefix(model: str) -> str:
    """Return the id as Claude knows it, without a provider's prefix."""
    for prefix in PREFIXES:
        model = model.removeprefix(prefix)
    return model


def model_card(model: str) -> ModelCard:
    """Look a model up by id, alias or dated snapshot; UNKNOWN where the catalogue does not have it."""
    model = ALIASES.get(model, model)
    return MODELS.get(model) or MODELS.get(_SNAPSHOT.sub("", model)) or UNKNOWN
