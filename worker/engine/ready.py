"""The claimed jobs for which there is no slot yet, in the order in which they take off."""

from collections import deque

from jobs.bundle import INTERACTIVE_RANK
from jobs.job import ClaimedJob
from worker.limits.limiter import Permit

Ready = tuple[ClaimedJob, Permit]


class ReadyLine:
    """Interactive jobs first, and of a kind the one that came first."""

    def __init__(self) -> None:
        self._interactive: deque[Ready] = deque()
        self._others: deque[Ready] = deque()

    def __len__(self) -> int:
        return len(self._interactive) + len(self._others)

    @property
    def is_interactive(self) -> bool:
        """Whether somebody waits for the first."""
        return bool(self._interactive)

    def add(self, job: ClaimedJob, permit: Permit, *, rank: int) -> None:
        """Put the job at the end of its kind."""
        line = self._interactive if rank == INTERACTIVE_RANK else self._others
        line.append((job, permit))

    def take(self) -> Ready:
        """Remove and return the first; there must be one."""
        return (self._interactive or self._others).popleft()

    def take_out(self, job_id: str) -> list[Ready]:
        """Remove and return what there is of that job."""
        taken: list[Ready] = []
        for line in (self._interactive, self._others):
            found = [each for each in line if each[0].id == job_id]
            for each in found:
                line.remove(each)
            taken += found
        return taken
