"""The grader `expected`: what promptfoo's `__expected` columns say of one item, read as graders of ours.

Source: promptfoo.dev/docs/configuration/expected-outputs, "Load assertions from CSV". What runs code, or
calls an address, has no counterpart here and is named as an error before anything is sent.
"""

import re
from collections.abc import Callable

from evals.dataset.dataset import Item
from evals.definition.graders import (
    AnyGrader,
    Cost,
    Exact,
    Expected,
    Includes,
    JsonSchema,
    Latency,
    Metric,
    Model,
    Refusal,
    Regex,
    Similarity,
)
from evals.errors import GraderError, TemplateError

_COLUMN = re.compile(r"__expected\d*")
_ASSERTION = re.compile(
    r"(?P<kind>not-[a-z-]+|[a-z-]+)(?:\((?P<number>[\d.]+)\))?(?::\s*(?P<rest>.*))?", re.DOTALL
)


def expectations(item: Item) -> list[str]:
    """Return an item's assertions; raises TemplateError for one that cannot be carried out here."""
    found = [
        value.strip()
        for name, value in item.fields.items()
        if _COLUMN.fullmatch(name) and isinstance(value, str) and value.strip()
    ]
    for assertion in found:
        _grader(assertion, None, "")
    return found


def expected_graders(told: Expected, item: Item) -> list[AnyGrader]:
    """Return the graders that an item's columns stand for; raises GraderError."""
    try:
        found = [_grader(assertion, told.model, told.output) for assertion in expectations(item)]
    except TemplateError as error:
        raise GraderError(str(error)) from None
    if not found:
        raise GraderError("the item has nothing in __expected")
    return found


def _grader(assertion: str, model: str | None, output: str) -> AnyGrader:
    parsed = _ASSERTION.fullmatch(assertion)
    kind = parsed["kind"] if parsed else ""
    negate = kind.startswith("not-")
    kind = kind.removeprefix("not-")
    if parsed is None or (kind not in _KINDS and not _is_kind(kind, parsed["rest"])):
        return Exact(target=_literal(assertion), output=output)
    if kind in _REFUSED:
        raise TemplateError(f"__expected: {kind!r} cannot be carried out here")
    if kind in {"llm-rubric", "grade"}:
        return Model(model=model or "", rubric=_literal(parsed["rest"] or ""))
    return _KINDS[kind](parsed["rest"] or "", _number(parsed["number"]), negate, output)


def _is_kind(kind: str, rest: str | None) -> bool:
    return rest is not None and (kind in _REFUSED or kind in {"llm-rubric", "grade"})


def _literal(text: str) -> str:
    """Write a text as a template that renders to it."""
    return "{{ " + repr(text) + " }}" if "{" in text else text


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise TemplateError(f"__expected: {text!r} is no number") from None


def _split(text: str) -> list[str]:
    return [_literal(part.strip()) for part in text.split(",") if part.strip()]


def _includes(*, ignore_case: bool, every: bool | None) -> "_Maker":
    def make(rest: str, _: float | None, negate: bool, output: str) -> AnyGrader:
        target = _split(rest) if every is not None else _literal(rest)
        return Includes(
            target=target, ignore_case=ignore_case, every=bool(every), negate=negate, output=output
        )

    return make


_Maker = Callable[[str, float | None, bool, str], AnyGrader]

_KINDS: dict[str, _Maker] = {
    "equals": lambda rest, _, negate, output: Exact(target=_literal(rest), negate=negate, output=output),
    "contains": _includes(ignore_case=False, every=None),
    "icontains": _includes(ignore_case=True, every=None),
    "contains-any": _includes(ignore_case=False, every=False),
    "contains-all": _includes(ignore_case=False, every=True),
    "icontains-any": _includes(ignore_case=True, every=False),
    "icontains-all": _includes(ignore_case=True, every=True),
    "regex": lambda rest, _, negate, output: Regex(pattern=rest, negate=negate, output=output),
    "starts-with": lambda rest, _, negate, output: Regex(
        pattern=rf"\A{re.escape(rest)}", negate=negate, output=output
    ),
    "is-json": lambda _, __, ___, output: JsonSchema(schema={}, output=output),
    "is-refusal": lambda _, __, negate, output: Refusal(expected=not negate, output=output),
    "latency": lambda rest, number, _, __: Latency(max_s=(number or float(rest or 0)) / 1000),
    "cost": lambda rest, number, _, __: Cost(max_usd=number or float(rest or 0)),
    "rouge-n": lambda rest, number, _, output: Similarity(
        target=_literal(rest), metric=Metric.ROUGE_1, pass_threshold=number or 0.75, output=output
    ),
    "bleu": lambda rest, number, _, output: Similarity(
        target=_literal(rest), metric=Metric.BLEU, pass_threshold=number or 0.5, output=output
    ),
    "levenshtein": lambda rest, number, _, output: Similarity(
        target=_literal(rest), pass_threshold=number or 0.8, output=output
    ),
}
_REFUSED = frozenset({
    "javascript", "fn", "eval", "python", "file", "webhook", "similar", "factuality", "model-graded-closedqa",
    "answer-relevance", "context-recall", "context-relevance", "context-faithfulness", "is-sql", "perplexity",
    "g-eval", "classifier", "moderation", "pi", "ruby", "select-best", "is-xml", "contains-json",
    "contains-sql",
})  # fmt: skip
