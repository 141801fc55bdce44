"""How much Claude is to think: `reasoning_effort` and `thinking`, in the terms of the model."""

from claude.models import LOW_TO_MAX, ModelCard
from claude.reader import Fields, Reader

BUDGETS = {"minimal": 1_024, "low": 1_024, "medium": 2_048, "high": 4_096, "xhigh": 8_192, "max": 16_384}
"""Tokens for the models that are given a budget; LiteLLM's, so that answers stay alike."""

SMALLEST_BUDGET = 1_024
ROOM_TO_ANSWER = 4_096


class Thinking:
    """Writes `thinking` and `output_config.effort` into one body."""

    def __init__(self, request: Reader, card: ModelCard, body: Fields) -> None:
        self._request = request
        self._card = card
        self._body = body
        self._is_limited = request.has("max_tokens") or request.has("max_completion_tokens")

    def write(self, *, hindrance: str | None) -> None:
        """Write what was asked for; `hindrance` names what a thinking budget cannot go along with."""
        thinking = self._request.child("thinking")
        effort = self._request.text("reasoning_effort")
        if thinking is not None:
            self._as_given(thinking, hindrance)
        elif effort is not None and effort not in {"none", *BUDGETS}:
            wanted = ", ".join(("none", *BUDGETS))
            self._request.refuse("reasoning_effort", f"must be one of {wanted}, not {effort!r}")
        elif effort == "none":
            self._off("reasoning_effort none")
        elif effort is not None:
            self._by_effort(effort, hindrance)

    @property
    def is_on(self) -> bool:
        """Whether the body asks for thinking."""
        thinking = self._body.get("thinking")
        return isinstance(thinking, dict) and thinking.get("type") in {"enabled", "adaptive"}

    def _as_given(self, thinking: Reader, hindrance: str | None) -> None:
        thinking_type = thinking.required_text("type")
        if thinking_type is None:
            return
        if thinking_type == "disabled" and thinking_type not in self._card.thinking:
            self._off("thinking disabled")
        elif thinking_type == "enabled" and thinking_type not in self._card.thinking:
            self._as_effort(thinking)
        elif thinking_type not in self._card.thinking and self._card.is_known:
            self._warn(f"thinking {thinking_type}")
        elif thinking_type == "enabled":
            self._with_budget_given(thinking, hindrance)
        else:
            self._body["thinking"] = thinking.fields

    def _with_budget_given(self, thinking: Reader, hindrance: str | None) -> None:
        budget = thinking.count("budget_tokens")
        if budget is None:
            if not thinking.has("budget_tokens"):
                thinking.refuse("budget_tokens", "is missing")
            return
        if hindrance is not None:
            self._request.adapt("thinking", f"it cannot go together with {hindrance}")
            return
        if self._max_tokens <= budget:
            if self._is_limited:
                thinking.refuse("budget_tokens", f"must be less than max_tokens, which is {self._max_tokens}")
            self._body["max_tokens"] = budget + ROOM_TO_ANSWER
        self._body["thinking"] = thinking.fields

    def _as_effort(self, thinking: Reader) -> None:
        """Turn a budget into an effort for the models that know only efforts."""
        if not self._card.efforts:
            self._warn("thinking")
            return
        budget = thinking.count("budget_tokens") or BUDGETS["high"]
        effort = "low" if budget < BUDGETS["medium"] else "medium" if budget < BUDGETS["high"] else "high"
        thinking.adapt("budget_tokens", "the model has no budgets", deed=f"was replaced by effort {effort}")
        self._body["thinking"] = {"type": "adaptive"}
        self._set_effort(effort)

    def _by_effort(self, effort: str, hindrance: str | None) -> None:
        if "adaptive" in self._card.thinking:
            self._body["thinking"] = {"type": "adaptive", "display": "summarized"}
            self._set_effort(self._nearest(effort))
        elif "enabled" not in self._card.thinking:
            self._warn("reasoning_effort")
        elif hindrance is not None:
            self._request.adapt("reasoning_effort", f"it cannot go together with {hindrance}")
        else:
            self._budget(BUDGETS[effort])

    def _budget(self, wanted: int) -> None:
        """Leave at least half of the tokens to the answer; too few for any thinking means none."""
        budget = min(wanted, self._max_tokens // 2)
        if budget < SMALLEST_BUDGET:
            self._request.adapt("reasoning_effort", f"max_tokens {self._max_tokens} has no room for it")
        else:
            self._body["thinking"] = {"type": "enabled", "budget_tokens": budget}

    def _nearest(self, effort: str) -> str:
        if effort == "minimal":
            return "low"
        if effort in self._card.efforts:
            return effort
        lower = LOW_TO_MAX[: LOW_TO_MAX.index(effort)]
        taken = next(known for known in reversed(lower) if known in self._card.efforts)
        self._request.adapt(
            "reasoning_effort", f"the model has no {effort}", deed=f"{effort} was lowered to {taken}"
        )
        return taken

    def _off(self, asked: str) -> None:
        if "disabled" in self._card.thinking:
            if self._card.thinks_unasked or asked.startswith("thinking"):
                self._body["thinking"] = {"type": "disabled"}
        elif "between_tools" in self._card.thinking:
            self._body["thinking"] = {"type": "between_tools"}
        elif self._card.thinks_unasked:
            name, _, value = asked.partition(" ")
            self._request.adapt(name, "the model always thinks", deed=f"{value} was replaced by effort low")
            self._set_effort("low")

    def _set_effort(self, effort: str) -> None:
        config = self._body.setdefault("output_config", {})
        if isinstance(config, dict):
            config.setdefault("effort", effort)

    def _warn(self, what: str) -> None:
        name, _, value = what.partition(" ")
        self._request.adapt(name, "the model does not take it", deed=f"{value} was left out".strip())

    @property
    def _max_tokens(self) -> int:
        return int(str(self._body["max_tokens"]))
