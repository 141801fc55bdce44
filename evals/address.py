"""Which sample, or which question of a grader, a job belongs to; its custom id says so."""

import re
from dataclasses import dataclass

from evals.errors import EvalError

_SAMPLE = re.compile(r"v(\d+)\.e(\d+)\.(.+)", re.DOTALL)
_GRADING = re.compile(r"g(\d+):([^:]+):(v\d+\.e\d+\..+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class SampleAddress:
    """One answer: this variant of the run, this item, this epoch."""

    variant: int
    """Position among the run's pairs of model and parameters, from 0."""
    item_id: str
    epoch: int
    """From 1."""

    @property
    def custom_id(self) -> str:
        """Return the custom id of its job, as `v0.e1.janet-ducks`."""
        return f"v{self.variant}.e{self.epoch}.{self.item_id}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class GradingAddress:
    """One question that a grader asks about one answer."""

    sample: SampleAddress
    grader: str
    """Path of the grader, as `quality/style`."""
    attempt: int
    """From 0; a verdict that cannot be read is asked for again."""

    @property
    def custom_id(self) -> str:
        """Return the custom id of its job, as `g0:quality/style:v0.e1.janet-ducks`."""
        return f"g{self.attempt}:{self.grader}:{self.sample.custom_id}"


def read_address(custom_id: str) -> SampleAddress | GradingAddress:
    """Return what a job belongs to; raises EvalError for a custom id that no plan has made."""
    if found := _GRADING.fullmatch(custom_id):
        return GradingAddress(sample=_sample(found[3]), grader=found[2], attempt=int(found[1]))
    return _sample(custom_id)


def _sample(custom_id: str) -> SampleAddress:
    found = _SAMPLE.fullmatch(custom_id)
    if found is None:
        raise EvalError(f"{custom_id!r} is no job of an evaluation")
    return SampleAddress(variant=int(found[1]), epoch=int(found[2]), item_id=found[3])
