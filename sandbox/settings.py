"""The dials of the sandbox: set by flags at start, and turned while it runs."""

from typing import Annotated

import msgspec

from sandbox.catalog import LIMIT_CLASSES
from sandbox.errors import SettingError
from sandbox.script import read_directive, read_script

Rate = Annotated[float, msgspec.Meta(ge=0, le=1)]
Amount = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]
PerClass = dict[str, Annotated[int, msgspec.Meta(ge=1)]]

CLASSES = frozenset({"default", "batches", "count-tokens", "models", *LIMIT_CLASSES})
MANY_REQUESTS = 1_000_000
MANY_TOKENS = 10_000_000_000


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All dials; rates are 0 to 1, limits a minute and per model class (`default` for those not named)."""

    latency_ms: Amount = 40
    token_rate: Amount = 2_000
    error_rate: Rate = 0
    seed: int = 0
    faults: dict[str, Rate] = {}
    scripts: dict[str, str] = {}
    rpm: PerClass = msgspec.field(default_factory=lambda: {"default": MANY_REQUESTS})
    itpm: PerClass = msgspec.field(default_factory=lambda: {"default": MANY_TOKENS})
    otpm: PerClass = msgspec.field(default_factory=lambda: {"default": MANY_TOKENS})
    burst_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 60
    max_in_flight: Count = 0
    overload_at: Count = 0
    retired: bool = False
    batch_s: Amount = 1
    batch_expires_s: Amount = 86_400
    batch_archive_s: Amount = 29 * 86_400
    batch_queue: Count = 500_000

    def __post_init__(self) -> None:
        """Refuse words that mean nothing, rather than wait for what never happens."""
        for step in self.faults:
            if read_directive(step) is None:
                raise ValueError(f"faults: {step!r} is no word of the script language")
        for path, script in self.scripts.items():
            if read_script(script) is None:
                raise ValueError(f"scripts: {script!r} for {path!r} is not written in the script language")
        for limits in (self.rpm, self.itpm, self.otpm):
            if unknown := limits.keys() - CLASSES:
                raise ValueError(
                    f"there is no model class {min(unknown)!r}; there are {', '.join(sorted(CLASSES))}"
                )


class Dials:
    """Holds the settings in force and swaps them whole."""

    def __init__(self, settings: Settings) -> None:
        self.now = settings
        self.version = 0

    def turn(self, changes: dict[str, object]) -> Settings:
        """Change some settings; raises `SettingError` and changes nothing if any is wrong."""
        self.now = changed(self.now, changes)
        self.version += 1
        return self.now


def changed(settings: Settings, changes: dict[str, object]) -> Settings:
    """Return the settings with changes made; a plain number for a limit means all model classes."""
    values = msgspec.to_builtins(settings)
    for name, value in changes.items():
        per_class = name in {"rpm", "itpm", "otpm"}
        if per_class and isinstance(value, dict):
            values[name] = values[name] | value
        else:
            values[name] = {"default": value} if per_class else value
    try:
        return msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        raise SettingError(f"a setting cannot be used: {error}") from error
