"""What one attempt came to: for the job, and for the lane it ran in."""

from dataclasses import dataclass

from jobs.outcome import Outcome
from worker.limits.limiter import Landed


@dataclass(frozen=True, slots=True)
class Attempted:
    """Both sides of an attempt's end."""

    outcome: Outcome
    landed: Landed
