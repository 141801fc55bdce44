"""The jobs that were offered to this worker and not claimed yet, in the order in which they should start."""

import heapq
from collections.abc import Iterable

from jobs.bundle import BundleItem


class Backlog:
    """A heap by rank and virtual start time; a job that is offered twice is held once."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, float, str]] = []
        self._items: dict[str, BundleItem] = {}

    def __len__(self) -> int:
        return len(self._items)

    @property
    def head(self) -> tuple[int, float]:
        """Return rank and virtual start time of the first item; there must be one."""
        rank, vstart, _ = self._heap[0]
        return rank, vstart

    def add(self, items: Iterable[BundleItem]) -> None:
        """Take in `items`, passing over those already here."""
        for item in items:
            if item.job_id not in self._items:
                self._items[item.job_id] = item
                heapq.heappush(self._heap, (item.rank, item.vstart, item.job_id))

    def take(self, count: int) -> list[BundleItem]:
        """Remove and return the first `count` items, or all if there are fewer."""
        taken: list[BundleItem] = []
        while self._heap and len(taken) < count:
            _, _, job_id = heapq.heappop(self._heap)
            taken.append(self._items.pop(job_id))
        return taken

    def clear(self) -> list[BundleItem]:
        """Remove and return everything."""
        return self.take(len(self._items))
