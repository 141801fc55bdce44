"""What is said of a run, as it is stored, sent and shown."""

import msgspec

from evals.comparison.compare import Comparison
from evals.comparison.difference import Verdict

FIRST = "first"
"""The verdict where there is nothing to compare with."""


class RunVerdict(msgspec.Struct, kw_only=True, frozen=True):
    """What is to be said of a run."""

    verdict: str
    """`worse`, `better`, `cannot_tell`, or `first`."""
    reason: str
    """One sentence with the numbers."""
    compared_with: str | None = None
    """The id of the run before."""
    comparison: Comparison | None = None

    @property
    def is_worse(self) -> bool:
        """Whether somebody should be told."""
        return self.verdict == Verdict.WORSE
