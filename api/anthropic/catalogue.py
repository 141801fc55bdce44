"""The models as Anthropic lists them, from what is known here: for an api that has no key to ask with."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from api.errors import MalformedRequestError
from claude.models import ALIASES, MODELS, ModelCard

UNKNOWN_DATE = "1970-01-01T00:00:00Z"
"""What Anthropic writes where the day of release is not known; source: `ModelInfo` in its SDK."""

SHOWN_BY_DEFAULT = ("active", "deprecated")
LIFECYCLES = ("active", "deprecated", "retired")
THINKING = ("adaptive", "enabled", "disabled", "between_tools")
EFFORTS = ("low", "medium", "high", "xhigh", "max")
_SNAPSHOT = re.compile(r"-(\d{4})(\d\d)(\d\d)$")
_LINE = re.compile(r"haiku|sonnet|opus|fable|mythos")


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A model; source: `ModelInfo` in the official SDK."""

    type: Literal["model"] = "model"
    id: str
    display_name: str
    created_at: str
    lifecycle: Literal["active", "deprecated", "retired"]
    deprecated_at: str | None = None
    retires_at: str | None = None
    line: str | None
    max_input_tokens: int
    max_tokens: int
    capabilities: dict[str, dict[str, object]]


class ModelPage(msgspec.Struct, frozen=True):
    """One page of the list."""

    data: list[ModelInfo]
    has_more: bool
    first_id: str | None
    last_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which models a caller asks for."""

    limit: int
    after_id: str | None
    before_id: str | None
    lifecycles: Sequence[str]


def find_model(model: str) -> ModelInfo | None:
    """Return the model of that id or alias."""
    model = ALIASES.get(model, model)
    card = MODELS.get(model)
    return None if card is None else _info(model, card)


def list_models(wanted: Wanted) -> ModelPage:
    """Return one page, the newest models first; raises `MalformedRequestError`."""
    if unknown := set(wanted.lifecycles) - set(LIFECYCLES):
        raise MalformedRequestError(f"lifecycle: {min(unknown)[:80]!r} is none of {', '.join(LIFECYCLES)}")
    if wanted.after_id is not None and wanted.before_id is not None:
        raise MalformedRequestError("after_id and before_id cannot be combined")
    shown = [_info(model, card) for model, card in reversed(MODELS.items())]
    shown = [model for model in shown if model.lifecycle in wanted.lifecycles]
    start, end = _bounds(shown, wanted)
    page = shown[start:end]
    return ModelPage(
        data=page,
        has_more=start > 0 if wanted.before_id is not None else end < len(shown),
        first_id=page[0].id if page else None,
        last_id=page[-1].id if page else None,
    )


def _bounds(shown: list[ModelInfo], wanted: Wanted) -> tuple[int, int]:
    if wanted.before_id is not None:
        end = _place(shown, wanted.before_id, "before_id")
        return max(0, end - wanted.limit), end
    start = 0 if wanted.after_id is None else _place(shown, wanted.after_id, "after_id") + 1
    return start, min(len(shown), start + wanted.limit)


def _place(shown: list[ModelInfo], model: str, name: str) -> int:
    for index, info in enumerate(shown):
        if info.id == model:
            return index
    raise MalformedRequestError(f"{name}: there is no model {model[:80]!r} in this list")


def _info(model: str, card: ModelCard) -> ModelInfo:
    line = _LINE.search(model)
    return ModelInfo(
        id=model,
        display_name=_display_name(model),
        created_at=_created_at(model),
        lifecycle="retired" if card.is_retired else "deprecated" if card.is_deprecated else "active",
        line=line and line[0],
        max_input_tokens=card.context_window,
        max_tokens=card.max_output_tokens,
        capabilities=_capabilities(card),
    )


def _display_name(model: str) -> str:
    """Return the name as Anthropic writes it, as `Claude Opus 4.5`."""
    words = _SNAPSHOT.sub("", model).removeprefix("claude-").split("-")
    numbers = ".".join(word for word in words if word[0].isdigit())
    names = " ".join(word.capitalize() for word in words if not word[0].isdigit())
    is_old = words[0][0].isdigit()  # until Claude 3.7, the number came first
    return " ".join(part for part in ("Claude", *((numbers, names) if is_old else (names, numbers))) if part)


def _created_at(model: str) -> str:
    day = _SNAPSHOT.search(model)
    return UNKNOWN_DATE if day is None else f"{day[1]}-{day[2]}-{day[3]}T00:00:00Z"


def _capabilities(card: ModelCard) -> dict[str, dict[str, object]]:
    is_served = not card.is_legacy
    thinking = {name: _supported(supported=name in card.thinking) for name in THINKING}
    efforts = {name: _supported(supported=name in card.efforts) for name in EFFORTS}
    return {
        **{name: _supported(supported=is_served) for name in ("batch", "citations", "image_input")},
        **{name: _supported(supported=is_served) for name in ("pdf_input", "code_execution")},
        "structured_outputs": _supported(supported=card.takes_schema),
        "thinking": {**_supported(supported=bool(card.thinking)), "types": thinking},
        "effort": {**_supported(supported=bool(card.efforts)), **efforts},
    }


def _supported(*, supported: bool) -> dict[str, object]:
    return {"supported": supported}
