"""The Claude models: what they are called, how large they are, and what each of them rejects."""

from dataclasses import dataclass, replace

LOW_TO_HIGH = ("low", "medium", "high")
TO_MAX = (*LOW_TO_HIGH, "max")
ALL_EFFORTS = (*LOW_TO_HIGH, "xhigh", "max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model and its rules; sampling: `either`, `default` or `none`; thinking: `off`, `on`, `always`."""

    id: str
    released: str
    limits: str
    line: str | None
    alias: str = ""
    window: int = 1_000_000
    max_output: int = 128_000
    retires: str | None = None
    deprecated: str | None = None
    lifecycle: str = "active"
    prefill: bool = False
    sampling: str = "none"
    thinking: str = "always"
    thinking_types: tuple[str, ...] = ("adaptive",)
    forced_tools: bool = False
    efforts: tuple[str, ...] = ALL_EFFORTS
    default_effort: str = "high"
    system_turns: bool = True
    thinking_shown: bool = False
    new_tokenizer: bool = True
    cache_from: int = 512
    legacy: bool = False

    @property
    def name(self) -> str:
        """The name for people: `Claude Opus 4.5`."""
        words = [word for word in self.id.split("-")[1:] if len(word) < len("20250929")]
        names = [word.capitalize() for word in words if not word[0].isdigit()]
        return " ".join(["Claude", *names, ".".join(word for word in words if word[0].isdigit())])


_4_5 = Model(
    id="", released="", limits="", line=None, window=200_000, max_output=64_000, prefill=True,
    sampling="either",
    thinking="off", thinking_types=("enabled", "disabled"), forced_tools=True, efforts=(), system_turns=False,
    thinking_shown=True, new_tokenizer=False, cache_from=1024,
)  # fmt: skip
_4_6 = replace(
    _4_5, window=1_000_000, max_output=128_000, prefill=False, thinking_types=("adaptive", "enabled",
    "disabled"),
    efforts=TO_MAX,
)  # fmt: skip
_4_8 = replace(
    _4_6, sampling="default", thinking_types=("adaptive", "disabled"), efforts=ALL_EFFORTS, system_turns=True,
    thinking_shown=False, new_tokenizer=True,
)  # fmt: skip
_5 = replace(_4_8, thinking="on", cache_from=512)
_FABLE_5 = replace(_5, thinking="always", thinking_types=("adaptive",), limits="fable-5")
_5_5 = replace(_FABLE_5, sampling="none", forced_tools=False)
_LEGACY = replace(
    _4_5,
    max_output=4096,
    limits="legacy",
    thinking_types=(),
    forced_tools=False,
    legacy=True,
    lifecycle="retired",
)

MODELS = (
    replace(_5_5, id="claude-fable-5-2", released="2026-11-09", line="fable"),
    replace(_5_5, id="claude-mythos-5-2", released="2026-11-09", line="mythos"),
    replace(_5_5, id="claude-haiku-5-5", released="2026-10-07", line="haiku", limits="haiku-5-5",
            thinking="on",
            thinking_types=("adaptive", "disabled"), forced_tools=True, default_effort="medium"),
    replace(_5_5, id="claude-sonnet-5-5", released="2026-09-28", line="sonnet", limits="sonnet-5-5",
            thinking="on",
            thinking_types=("adaptive", "between_tools")),
    replace(_5_5, id="claude-opus-5-5", released="2026-09-22", line="opus", limits="opus-5-5",
            default_effort="medium"),
    replace(_5_5, id="claude-fable-5-1", released="2026-09-01", line="fable"),
    replace(_5_5, id="claude-mythos-5-1", released="2026-09-01", line="mythos"),
    replace(_5, id="claude-opus-5", released="2026-07-24", line="opus", limits="opus-5"),
    replace(_5, id="claude-sonnet-5", released="2026-06-30", line="sonnet", limits="sonnet-5",
            cache_from=1024),
    replace(_FABLE_5, id="claude-fable-5", released="2026-06-09", line="fable"),
    replace(_FABLE_5, id="claude-mythos-5", released="2026-06-09", line="mythos"),
    replace(_4_8, id="claude-opus-4-8", released="2026-05-28", line="opus", limits="opus-4"),
    replace(_4_8, id="claude-opus-4-7", released="2026-04-16", line="opus", limits="opus-4",
            system_turns=False,
            cache_from=2048),
    replace(_FABLE_5, id="claude-mythos-preview", released="2026-04-01", line="mythos", sampling="either",
            thinking_types=("adaptive", "enabled"), system_turns=False, cache_from=2048,
            lifecycle="deprecated",
            deprecated="2026-06-09", retires="2026-06-30"),
    replace(_4_6, id="claude-sonnet-4-6", released="2026-02-17", line="sonnet", limits="sonnet-4"),
    replace(_4_6, id="claude-opus-4-6", released="2026-02-05", line="opus", limits="opus-4", cache_from=4096),
    replace(_4_5, id="claude-opus-4-5-20251101", alias="claude-opus-4-5", released="2025-11-24", line="opus",
            limits="opus-4", efforts=LOW_TO_HIGH, cache_from=4096),
    replace(_4_5, id="claude-haiku-4-5-20251001", alias="claude-haiku-4-5", released="2025-10-15",
            line="haiku",
            limits="haiku-4-5", cache_from=4096),
    replace(_4_5, id="claude-sonnet-4-5-20250929", alias="claude-sonnet-4-5", released="2025-09-29",
            line="sonnet",
            limits="sonnet-4", lifecycle="deprecated", deprecated="2026-09-29", retires="2026-11-30"),
)  # fmt: skip

LEGACY = tuple(
    replace(
        _LEGACY,
        id=name,
        alias=alias,
        released=released,
        window=window,
        deprecated=deprecated,
        retires=retires,
    )
    for name, alias, released, window, deprecated, retires in (
        ("claude-2.1", "claude-2", "2023-11-21", 200_000, "2025-01-21", "2025-07-21"),
        ("claude-2.0", "", "2023-07-11", 100_000, "2025-01-21", "2025-07-21"),
        ("claude-instant-1.2", "claude-instant-1", "2023-08-09", 100_000, "2024-09-04", "2024-11-06"),
    )
)

RETIRED = tuple(
    replace(
        _LEGACY, id=name, line=line, released=released, deprecated=deprecated, retires=retires, legacy=False
    )
    for name, line, released, deprecated, retires in (
        ("claude-opus-4-1-20250805", "opus", "2025-08-05", "2026-06-05", "2026-08-05"),
        ("claude-opus-4-20250514", "opus", "2025-05-14", "2026-04-14", "2026-06-15"),
        ("claude-sonnet-4-20250514", "sonnet", "2025-05-14", "2026-04-14", "2026-06-15"),
        ("claude-3-7-sonnet-20250219", "sonnet", "2025-02-24", "2025-10-28", "2026-02-19"),
        ("claude-3-5-haiku-20241022", "haiku", "2024-10-22", "2025-12-19", "2026-02-19"),
        ("claude-3-5-sonnet-20241022", "sonnet", "2024-10-22", "2025-08-13", "2025-10-28"),
        ("claude-3-5-sonnet-20240620", "sonnet", "2024-06-20", "2025-08-13", "2025-10-28"),
        ("claude-3-opus-20240229", "opus", "2024-02-29", "2025-06-30", "2026-01-05"),
        ("claude-3-haiku-20240307", "haiku", "2024-03-07", "2026-02-19", "2026-04-20"),
        ("claude-3-sonnet-20240229", "sonnet", "2024-02-29", "2025-01-21", "2025-07-21"),
    )
)


def by_name(*groups: tuple[Model, ...]) -> dict[str, Model]:
    """Return the models of the groups by id and by alias."""
    found = {model.id: model for group in groups for model in group}
    return found | {model.alias: model for group in groups for model in group if model.alias}


SERVED = by_name(MODELS)
SERVED_LEGACY = by_name(LEGACY)
KNOWN = by_name(MODELS, LEGACY, RETIRED)
LIMIT_CLASSES = tuple(dict.fromkeys(model.limits for model in (*MODELS, *LEGACY)))
