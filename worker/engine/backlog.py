"""The jobs that were offered to this worker and not claimed yet, in the order in which they should start."""

import heapq
import math
from collections.abc import Iterable

import msgspec

from jobs.bundle import BundleItem

LOOK_S = 1.0  # between looks for what has lapsed


class Offer(msgspec.Struct, frozen=True):
    """One job, and until when it is ours to start: then it is offered again, maybe to another worker."""

    item: BundleItem
    until: float = math.inf
    """In the loop's time."""

    @property
    def place(self) -> tuple[int, float, str]:
        """Return what the order goes by."""
        return self.item.rank, self.item.vstart, self.item.job_id


class Backlog:
    """A heap by rank and virtual start time; a job that is offered twice is held once."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, float, str]] = []
        self._offers: dict[str, Offer] = {}
        self._looked_at = -math.inf

    def __len__(self) -> int:
        return len(self._offers)

    @property
    def head(self) -> tuple[int, float]:
        """Return rank and virtual start time of the first job; there must be one."""
        while not self._is_held(self._heap[0]):
            heapq.heappop(self._heap)
        rank, vstart, _ = self._heap[0]
        return rank, vstart

    def add(self, offers: Iterable[Offer]) -> None:
        """Take in `offers`; one of a job that is here already may prolong it."""
        for offer in offers:
            held = self._offers.get(offer.item.job_id)
            if held is None or held.place != offer.place:
                heapq.heappush(self._heap, offer.place)
            if held is None or held.until < offer.until:
                self._offers[offer.item.job_id] = offer

    def take(self, count: int) -> list[Offer]:
        """Remove and return the first `count` offers, or all there are of the first one's rank."""
        taken: list[Offer] = []
        while self._offers and len(taken) < count:
            rank, _ = self.head
            if taken and rank != taken[0].item.rank:
                break
            _, _, job_id = heapq.heappop(self._heap)
            taken.append(self._offers.pop(job_id))
        return taken

    def drop_lapsed(self, now: float) -> None:
        """Drop what is no longer ours to start; done now and then only, as it looks at everything."""
        if now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        lapsed = [job_id for job_id, offer in self._offers.items() if offer.until < now]
        for job_id in lapsed:
            del self._offers[job_id]
        if lapsed:
            self._heap = [offer.place for offer in self._offers.values()]
            heapq.heapify(self._heap)

    def clear(self) -> list[Offer]:
        """Remove and return everything, in no order."""
        offers = list(self._offers.values())
        self._offers.clear()
        self._heap.clear()
        return offers

    def _is_held(self, place: tuple[int, float, str]) -> bool:
        offer = self._offers.get(place[2])
        return offer is not None and offer.place == place
