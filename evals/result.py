"""The scores of one sample, as they are kept, exported and summed up."""

from typing import Any

import msgspec

OVERALL = "overall"
"""The name of the score that the graders make together."""


class Score(msgspec.Struct, kw_only=True, frozen=True):
    """What one grader said of one sample: a value, or the reason why there is none."""

    grader: str
    """Path of the grader, as `quality/style`, or `overall`."""
    value: float | None = None
    passed: bool | None = None
    explanation: str = ""
    error: str | None = None


class Result(msgspec.Struct, kw_only=True, frozen=True):
    """One graded sample."""

    variant: int
    item_id: str
    item_digest: str
    epoch: int
    scores: list[Score]
    group: str | None = None
    output_text: str = ""
    error: str | None = None
    """Why there is no answer at all."""
    latency_s: float | None = None
    cost: float | None = None
    """US dollars, without what model graders cost."""
    item: dict[str, Any] = {}

    def score(self, grader: str = OVERALL) -> Score | None:
        """Return one grader's score."""
        return next((score for score in self.scores if score.grader == grader), None)
