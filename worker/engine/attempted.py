"""What one attempt came to: for the job, and for the lane it ran in."""

import msgspec

from jobs.outcome import Outcome
from worker.limits.limiter import Landed


class Attempted(msgspec.Struct, frozen=True):
    """Both sides of an attempt's end."""

    outcome: Outcome
    landed: Landed
