"""What each grader is told; how it then judges is in evals/graders/, in the module of its family."""

from enum import StrEnum
from typing import Any

import msgspec

OUTPUT = "{{ sample.output_text }}"


class Grader(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """What every grader may be told."""

    name: str = ""
    """How the report calls it; else its type."""
    weight: float = 1.0
    pass_threshold: float | None = None
    """The score from which on a sample passes; else the grader's own judgement."""

    @property
    def kind(self) -> str:
        """Return the grader's type as the definition spells it."""
        return str(self.__struct_config__.tag)


class TextGrader(Grader, kw_only=True, frozen=True):
    """Looks at a text, usually the whole answer."""

    output: str = OUTPUT
    """A template for what is looked at."""


class Exact(TextGrader, kw_only=True, frozen=True, tag="exact"):
    """The answer is the target, but for space around it."""

    target: str | list[str]
    ignore_case: bool = False
    strip: bool = True
    negate: bool = False


class Includes(TextGrader, kw_only=True, frozen=True, tag="includes"):
    """The answer holds the target; of several, any one, or all of them with `every`."""

    target: str | list[str]
    ignore_case: bool = False
    every: bool = False
    negate: bool = False


class Regex(TextGrader, kw_only=True, frozen=True, tag="regex"):
    """The pattern is found in the answer; with a target, its first group (or all of it) must be that."""

    pattern: str
    target: str | None = None
    full: bool = False
    ignore_case: bool = False
    negate: bool = False


class Number(TextGrader, kw_only=True, frozen=True, tag="number"):
    """The last number of the answer is the last number of the target."""

    target: str | int | float
    tolerance: float = 0.0
    """How far off it may be, in units of the number."""
    relative_tolerance: float = 0.0
    """How far off it may be, as a part of the target."""


class Choice(TextGrader, kw_only=True, frozen=True, tag="choice"):
    """The letter that the answer settles on."""

    target: str
    choices: str = "ABCD"


class JsonSchema(TextGrader, kw_only=True, frozen=True, tag="json_schema"):
    """The answer is JSON that the schema takes."""

    schema: dict[str, Any]


class JsonFields(TextGrader, kw_only=True, frozen=True, tag="json_fields"):
    """The share of fields, by dotted path, that have the value given; strings are templates."""

    fields: dict[str, Any]


class Metric(StrEnum):
    """OpenAI's names."""

    FUZZY_MATCH = "fuzzy_match"
    BLEU = "bleu"
    GLEU = "gleu"
    METEOR = "meteor"
    ROUGE_1 = "rouge_1"
    ROUGE_2 = "rouge_2"
    ROUGE_3 = "rouge_3"
    ROUGE_4 = "rouge_4"
    ROUGE_5 = "rouge_5"
    ROUGE_L = "rouge_l"
    COSINE = "cosine"


class Similarity(TextGrader, kw_only=True, frozen=True, tag="similarity"):
    """How near the answer comes to the target, from 0 to 1."""

    target: str
    metric: Metric = Metric.FUZZY_MATCH


class LengthUnit(StrEnum):
    """What is counted."""

    CHARACTERS = "characters"
    WORDS = "words"
    LINES = "lines"


class Length(TextGrader, kw_only=True, frozen=True, tag="length"):
    """The answer is neither too short nor too long."""

    min: int | None = None
    max: int | None = None
    unit: LengthUnit = LengthUnit.CHARACTERS


class Refusal(TextGrader, kw_only=True, frozen=True, tag="refusal"):
    """The model answered; or, with `expected`, declined to."""

    expected: bool = False


class Latency(Grader, kw_only=True, frozen=True, tag="latency"):
    """The answer came in time."""

    max_s: float


class Cost(Grader, kw_only=True, frozen=True, tag="cost"):
    """The answer was cheap enough."""

    max_usd: float


class Expected(TextGrader, kw_only=True, frozen=True, tag="expected"):
    """What promptfoo's `__expected` columns say of each item; `model` answers its rubrics."""

    model: str | None = None


class Message(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One turn; texts are templates."""

    role: str
    content: str | list[dict[str, Any]]


class Model(Grader, kw_only=True, frozen=True, tag="model"):
    """A model judges by a rubric: with one of `labels`, else with a number within `range`."""

    model: str
    rubric: str = ""
    """What to judge by; a template that sees the item and the answer."""
    messages: list[Message] | None = None
    """The conversation to judge in place of the usual one, as OpenAI's model graders have it."""
    labels: list[str] | None = None
    passing_labels: list[str] | None = None
    scores: dict[str, float] | None = None
    """What each label counts; else 1 for the passing ones and 0 for the others."""
    range: tuple[float, float] = (0.0, 1.0)
    parameters: dict[str, Any] = {}
    max_tokens: int = 2048
    retries: int = 2
    """How often to ask again where the verdict cannot be read."""


class Python(Grader, kw_only=True, frozen=True, tag="python"):
    """A program of the user's with `def grade(sample, item) -> float`; off unless the server allows it."""

    source: str
    timeout_s: float = 10.0


class AllOf(Grader, kw_only=True, frozen=True, tag="all"):
    """Passes where all do; the score is the lowest."""

    graders: list["AnyGrader"]


class AnyOf(Grader, kw_only=True, frozen=True, tag="any"):
    """Passes where any does; the score is the highest."""

    graders: list["AnyGrader"]


class Weighted(Grader, kw_only=True, frozen=True, tag="weighted"):
    """The mean by weight; passes from `pass_threshold` on (1 if there is none: all in full)."""

    graders: list["AnyGrader"]


class Multi(Grader, kw_only=True, frozen=True, tag="multi"):
    """A formula over the scores of others, by their keys, as OpenAI's `multi` has it."""

    graders: dict[str, "AnyGrader"]
    calculate_output: str


AnyGrader = (
    Exact
    | Includes
    | Regex
    | Number
    | Choice
    | JsonSchema
    | JsonFields
    | Similarity
    | Length
    | Refusal
    | Latency
    | Cost
    | Expected
    | Model
    | Python
    | AllOf
    | AnyOf
    | Weighted
    | Multi
)

GRADER_TYPES: dict[str, type[Grader]] = {str(kind.__struct_config__.tag): kind for kind in AnyGrader.__args__}


def children(grader: Grader) -> dict[str, "AnyGrader"]:
    """Return the graders that this one combines, by the names they go by within it."""
    if isinstance(grader, Multi):
        return dict(grader.graders)
    if isinstance(grader, AllOf | AnyOf | Weighted):
        return named(grader.graders)
    return {}


def named(graders: list["AnyGrader"]) -> dict[str, "AnyGrader"]:
    """Give each grader its name, else its type, and a number where that is taken."""
    found: dict[str, AnyGrader] = {}
    for grader in graders:
        name = wanted = grader.name or grader.kind
        count = 1
        while name in found:
            count += 1
            name = f"{wanted}-{count}"
        found[name] = grader
    return found
