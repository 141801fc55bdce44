"""A run as it is compared: its variants by name, its items by what they asked."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.definition.definition import Errors
from evals.errors import EvalError
from evals.result import Result
from evals.summary import counted

MOST = 1 / 2
ItemKey = tuple[str, str]
"""Id and digest: an item that was changed is another item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One side of a comparison; several runs' results together make one side, with all their epochs."""

    variants: Sequence[str]
    results: Sequence[Result]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """One item's scores, averaged over its epochs."""

    value: float
    pass_rate: float

    @property
    def passed(self) -> bool:
        """Whether most epochs passed."""
        return self.pass_rate > MOST


def item_scores(results: Sequence[Result], grader: str, errors: Errors) -> dict[ItemKey, ItemScore]:
    """Return one grader's scores by item; items without any score are left out, or zero."""
    taken: defaultdict[ItemKey, list[tuple[float, bool]]] = defaultdict(list)
    for result in results:
        score = counted(result.score(grader), errors)
        if score is not None and score.value is not None:
            taken[result.item_id, result.item_digest].append((score.value, bool(score.passed)))
    return {
        key: ItemScore(
            value=sum(value for value, _ in tries) / len(tries),
            pass_rate=sum(passed for _, passed in tries) / len(tries),
        )
        for key, tries in taken.items()
    }


def paired_variants(before: Run, after: Run) -> list[tuple[str, list[Result], list[Result]]]:
    """Match variants by name; two runs of one variant each are compared whatever they are called.

    Raises EvalError where nothing matches.
    """
    old, new = _by_name(before), _by_name(after)
    if len(old) == len(new) == 1 and old.keys() != new.keys():
        (first, before_results), (second, after_results) = *old.items(), *new.items()
        return [(f"{first} → {second}", before_results, after_results)]
    matched = [(name, old[name], new[name]) for name in new if name in old]
    if not matched:
        raise EvalError("the two runs have no model and parameters in common: there is nothing to compare")
    return matched


def _by_name(run: Run) -> Mapping[str, list[Result]]:
    found: dict[str, list[Result]] = {name: [] for name in run.variants}
    for result in run.results:
        found[run.variants[result.variant]].append(result)
    return found
