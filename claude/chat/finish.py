"""How Claude's reasons for stopping read in OpenAI's words."""

FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "pause_turn": "length",
    "compaction": "length",
    "refusal": "content_filter",
}
"""OpenAI knows five reasons and Claude more.

An answer that is not finished (a full context window, a server tool's turn that was paused) reads `length`,
so that nobody takes it for whole; a refusal reads `content_filter`. Reasons invented later read `stop`.
"""

SAME_IN_BOTH = frozenset({"end_turn", "stop_sequence", "tool_use", "max_tokens"})
"""Reasons that lose nothing in the translation; the others are also kept as they are."""


def finish_reason(stop_reason: str | None) -> str:
    """Translate Claude's stop_reason."""
    return FINISH_REASONS.get(stop_reason or "", "stop")


def stop_fields(stop_reason: str | None, stop_details: object) -> dict[str, object]:
    """Collect what `finish_reason` cannot say, for `provider_specific_fields`."""
    fields: dict[str, object] = {}
    if stop_reason is not None and stop_reason not in SAME_IN_BOTH:
        fields["stop_reason"] = stop_reason
    if stop_details is not None:
        fields["stop_details"] = stop_details
    return fields
