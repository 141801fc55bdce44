"""The definition of an evaluation: what is asked, of which models, and how the answers are judged."""

import hashlib
from enum import StrEnum
from typing import Any

import msgspec

from evals.definition.graders import AnyGrader, Message, named


class Errors(StrEnum):
    """What a sample without a score counts as; either way the report says how many there were."""

    EXCLUDE = "exclude"
    """Nothing: the mean is over the rest."""
    ZERO = "zero"


class Combine(StrEnum):
    """How the scores of several graders make the overall one."""

    ALL = "all"
    """The lowest score; passes where all pass."""
    ANY = "any"
    """The highest score; passes where any passes."""
    WEIGHTED = "weighted"
    """The mean by weight; passes from `pass_threshold` on."""


class DatasetFormat(StrEnum):
    """How the items lie in the file."""

    AUTO = "auto"
    """By the file's ending, and by what the columns are called."""
    JSONL = "jsonl"
    JSON = "json"
    CSV = "csv"
    INSPECT = "inspect"
    """Inspect's `input`, `target`, `id`, `metadata`, as CSV or JSONL."""
    PROMPTFOO = "promptfoo"
    """promptfoo's CSV with `__expected`."""


class DatasetSource(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where the items are."""

    file: str
    """Path, relative to the definition's own."""
    format: DatasetFormat = DatasetFormat.AUTO
    id: str = "id"
    """The field that names an item; items without one are counted."""


class Definition(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """An evaluation as its author wrote it, checked for shape."""

    name: str
    description: str = ""
    model: str | None = None
    models: list[str] | None = None
    parameters: dict[str, Any] | list[dict[str, Any]] = {}
    """Fields of the request, as `temperature`; a list is several sets, each asked of each model."""
    max_tokens: int = 4096
    system: str | None = None
    prompt: str | None = None
    """A template: the one user message, in place of `messages`."""
    messages: list[Message] | str | None = None
    """Templates; or the field that holds a conversation, as `item.input`."""
    dataset: str | DatasetSource | list[dict[str, Any]]
    graders: list[AnyGrader]
    combine: Combine = Combine.ALL
    pass_threshold: float | None = None
    epochs: int = 1
    limit: int | None = None
    """How many items to take: the first, or with `seed` a sample that is the same for the same seed."""
    seed: int | None = None
    errors: Errors = Errors.EXCLUDE
    group_by: str | None = None
    """A field of the items, as `subject` or `metadata.level`."""
    pass_at: list[int] = []
    """The k of pass@k and pass^k."""
    fail_below: float | None = None
    """The bar: a run whose overall score is under it is worse, whatever it is compared with."""
    alpha: float = 0.05
    """The chance of a false alarm that is put up with, over `looks` comparisons together."""
    looks: int = 1
    """How many runs of a schedule share one `alpha`, as 30 for a month of nights."""
    cache: bool = False
    """Whether an answer that an earlier run got to the very same request may be used again."""

    @property
    def asked_models(self) -> list[str]:
        """Return the models in order."""
        return [*([self.model] if self.model is not None else []), *(self.models or [])]

    @property
    def parameter_sets(self) -> list[dict[str, Any]]:
        """Return the sets of parameters in order."""
        return self.parameters if isinstance(self.parameters, list) else [self.parameters]

    @property
    def named_graders(self) -> dict[str, AnyGrader]:
        """Return the graders by the names they go by in scores and reports."""
        return named(self.graders)


def content_hash(definition: Definition) -> str:
    """Return the SHA-256 of what is asked: equal for two files that say the same, however they spell it."""
    return canonical_hash(definition)


def canonical_hash(value: object) -> str:
    """Return the SHA-256 of a value's JSON with its keys in order."""
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()
