"""Which jobs this process holds: claimed, and not settled yet."""

from collections.abc import Iterable

import msgspec

from jobs.job import ClaimedJob

Attempt = tuple[str, int]
"""A job's id and the number of the attempt."""


class _Holding(msgspec.Struct, frozen=True):
    batch_id: str | None
    is_interactive: bool


class Held:
    """The one memory of all writers of a process; used from any thread.

    What the store says is running here and is not in it, nobody here runs: the answer to that claim was
    lost.
    """

    def __init__(self) -> None:
        self._held: dict[Attempt, _Holding] = {}
        self._wished: set[str] = set()

    def __len__(self) -> int:
        return len(self._held)

    def wish(self, job_ids: Iterable[str]) -> None:
        """Note that these are about to be claimed: once they are, they are not lost."""
        self._wished.update(job_ids)

    def unwish(self, job_ids: Iterable[str]) -> None:
        """Note that the claim of these is over, after what came of it was added."""
        self._wished.difference_update(job_ids)

    def add(self, jobs: Iterable[ClaimedJob], *, is_interactive: bool) -> None:
        """Note that these were claimed."""
        self._held.update(((job.id, job.attempt), _Holding(job.batch_id, is_interactive)) for job in jobs)

    def remove(self, attempt: Attempt) -> str | None:
        """Note that the attempt is settled; return the id of its job's batch, if it is in one."""
        holding = self._held.pop(attempt, None)
        return holding.batch_id if holding else None

    def is_interactive(self, attempt: Attempt) -> bool:
        """Return whether somebody waits for that attempt; of what is not held nobody knows."""
        holding = self._held.get(attempt)
        return holding is not None and holding.is_interactive

    def lost(self, running: Iterable[Attempt]) -> list[Attempt]:
        """Return those of the attempts which nobody here runs, nor is about to."""
        # In this order: another writer adds what it has claimed before it takes back the wish.
        return [each for each in running if each[0] not in self._wished and each not in self._held]
