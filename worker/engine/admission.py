"""From the backlog to running attempts: ask for leave, claim in groups, start."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial

import structlog

from jobs.bundle import INTERACTIVE_RANK, OTHER_RANK, BundleItem
from jobs.errors import PromptmillError
from jobs.job import ClaimedJob
from worker.engine.backlog import Backlog, Offer
from worker.engine.recorder import Recorder
from worker.engine.slots import Slots
from worker.limits.landing import NOT_SENT
from worker.limits.lane import Lane, lane_of
from worker.limits.limiter import Admission as LaneAdmission
from worker.limits.limiter import Ask, Limiter, Pause, Permit
from worker.metrics.counts import Counts

CLAIM_SIZE = 200  # jobs claimed at a time at most
CLAIMS_AT_ONCE = 2  # so that one is there whenever a writer begins a transaction
INTERACTIVE_CLAIMS_AT_ONCE = 1  # beside those, so that it waits for neither
REFUSED_PAUSE_S = 0.5  # after Redis or the store could not answer
LEAST_WAIT_S = 0.02  # between two questions about a lane that is full

Start = Callable[[ClaimedJob, Permit, int], None]
"""Starts a claimed job with its permit, before those of a higher rank."""


@dataclass(slots=True)
class _Line:
    """The jobs that wait for one lane."""

    lane: Lane
    backlog: Backlog = field(default_factory=Backlog)
    due_at: float = 0.0
    """When the limiter may have room again, in the loop's time."""
    pause: Pause | None = None


class Admission:
    """Lets jobs start in their order, as many as slots and lanes allow; the others wait unclaimed."""

    def __init__(
        self, *, slots: Slots, recorder: Recorder, limiter: Limiter, account: str, counts: Counts
    ) -> None:
        self._slots = slots
        self._recorder = recorder
        self._limiter = limiter
        self._account = account
        self._counts = counts
        self._lines: dict[Lane, _Line] = {}
        self._changed = asyncio.Event()
        self._log = structlog.get_logger("admission")

    def is_hungry(self, *, soon: float) -> bool:
        """Return whether more work should be fetched before the lanes that have room run dry.

        `soon` is how many jobs will have been started by the time in which it comes.
        """
        now = asyncio.get_running_loop().time()
        for line in self._lines.values():
            line.backlog.drop_lapsed(now)
        startable = sum(len(line.backlog) for line in self._lines.values() if line.due_at <= now)
        return startable < soon or (startable < self._slots.count and self._slots.free > 0)

    def offer(self, items: Iterable[BundleItem], for_s: float) -> None:
        """Take `items` into the backlog; they are this worker's to start for so many seconds."""
        until = asyncio.get_running_loop().time() + for_s
        for item in items:
            self._line(lane_of(self._account, item.model)).backlog.add([Offer(item, until)])
        self._changed.set()

    def slot_freed(self, lane: Lane) -> None:
        """Note that an attempt in `lane` has ended: its lane may have room again."""
        self._slots.land()
        if line := self._lines.get(lane):
            line.due_at = min(line.due_at, asyncio.get_running_loop().time() + LEAST_WAIT_S)
        if self._may_claim(OTHER_RANK) or self._waiting(INTERACTIVE_RANK):
            self._changed.set()  # for nothing, it would cost as much as all else here

    def close(self) -> list[str]:
        """Return the ids of what was offered and never claimed."""
        return [offer.item.job_id for line in self._lines.values() for offer in line.backlog.clear()]

    async def run(self, start: Start) -> None:
        """Admit until canceled; `start` is called with each job that was claimed, its permit and its rank."""
        async with asyncio.TaskGroup() as group:
            for last_rank, count in (
                (INTERACTIVE_RANK, INTERACTIVE_CLAIMS_AT_ONCE),
                (OTHER_RANK, CLAIMS_AT_ONCE),
            ):
                turn = asyncio.Lock()
                for _ in range(count):
                    group.create_task(self._admit(start, last_rank, turn))

    async def _admit(self, start: Start, last_rank: int, turn: asyncio.Lock) -> None:
        """Admit group after group, of ranks up to the last.

        While one is claimed, another of those who take turns asks for leave for the next.
        """
        while True:
            async with turn:
                line = await self._due_line(last_rank)
                offers, permits = await self._ask(line)
            if permits:
                await self._start(line, offers, permits, start)

    async def _due_line(self, last_rank: int) -> _Line:
        while True:
            self._changed.clear()
            if line := self._next_line(last_rank):
                return line
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._next_due_at(last_rank)):
                    await self._changed.wait()

    def _line(self, lane: Lane) -> _Line:
        return self._lines.get(lane) or self._lines.setdefault(lane, _Line(lane))

    def _waiting(self, last_rank: int) -> list[_Line]:
        lines = self._lines.values()
        return [line for line in lines if len(line.backlog) and line.backlog.head[0] <= last_rank]

    def _next_line(self, last_rank: int) -> _Line | None:
        """Return the line whose first job goes before all others that may start now."""
        if not self._may_claim(last_rank):
            return None
        now = asyncio.get_running_loop().time()
        due = [line for line in self._waiting(last_rank) if line.due_at <= now]
        return min(due, key=lambda line: line.backlog.head, default=None)

    def _next_due_at(self, last_rank: int) -> float | None:
        if not self._may_claim(last_rank):
            return None  # until a slot is freed there is nothing to do
        return min((line.due_at for line in self._waiting(last_rank)), default=None)

    def _may_claim(self, last_rank: int) -> bool:
        return self._slots.may_claim(is_urgent=last_rank == INTERACTIVE_RANK)

    async def _ask(self, line: _Line) -> tuple[list[Offer], Sequence[Permit]]:
        """Return what the lane has room for of the line's first jobs, with the leave of each."""
        offers = line.backlog.take(min(self._slots.free, CLAIM_SIZE))
        self._slots.take(len(offers))
        permits: Sequence[Permit] = ()
        try:
            asks = [Ask(model=each.item.model, input_tokens=each.item.input_tokens) for each in offers]
            admission = await self._limiter.admit(line.lane, asks)
            permits = admission.permits
            self._note(line, admission, is_all=len(permits) == len(offers))
        except PromptmillError as error:
            self._refused(line, error)
        finally:
            line.backlog.add(offers[len(permits) :])
            self._slots.give(len(offers) - len(permits))
            if len(permits) < len(offers):
                self._changed.set()  # who found no slot meanwhile may look again
        return offers[: len(permits)], permits

    def _note(self, line: _Line, admission: LaneAdmission, *, is_all: bool) -> None:
        wait_s = 0.0 if is_all else max(admission.wait_s, LEAST_WAIT_S)
        line.due_at = asyncio.get_running_loop().time() + wait_s
        self._note_pause(line, admission.pause)
        if not is_all:
            self._counts.wait(line.lane.model_class)

    def _refused(self, line: _Line, error: PromptmillError) -> None:
        self._log.warning("admission_refused", lane=line.lane.model_class, error=str(error))
        line.due_at = asyncio.get_running_loop().time() + REFUSED_PAUSE_S

    def _note_pause(self, line: _Line, pause: Pause | None) -> None:
        if pause and (line.pause is None or pause.reason != line.pause.reason):
            self._log.warning("lane_paused", lane=line.lane.model_class, reason=pause.reason)
        if line.pause and pause is None:
            self._log.info("lane_resumed", lane=line.lane.model_class)
        line.pause = pause

    async def _start(self, line: _Line, offers: list[Offer], permits: Sequence[Permit], start: Start) -> None:
        """Claim the jobs and start them; where the store cannot be reached they go back into the line."""
        try:
            if await self._claim([offer.item for offer in offers], permits, start):
                line.due_at = 0.0  # the leave that was not used goes to the next jobs at once
        except PromptmillError as error:
            self._refused(line, error)
            line.backlog.add(offers)
        self._changed.set()

    async def _claim(self, items: list[BundleItem], permits: Sequence[Permit], start: Start) -> int:
        """Claim the jobs and start them as soon as they come; return how many are not to be had any more."""
        is_interactive = items[0].rank == INTERACTIVE_RANK  # a group is of one rank
        claiming = self._recorder.claim([item.job_id for item in items], is_interactive=is_interactive)
        claiming.add_done_callback(partial(self._take_in, items, permits, start))
        try:
            # How far ahead the others must be claimed does not depend on how fast the interactive ones are.
            with nullcontext() if is_interactive else self._slots.claiming():
                await asyncio.wait([claiming])
        finally:
            # Also when we are told to stop: what the store has claimed must be started, not forgotten.
            while not claiming.done():
                await asyncio.wait([claiming])
        return len(items) - len(claiming.result())

    def _take_in(
        self,
        items: list[BundleItem],
        permits: Sequence[Permit],
        start: Start,
        claiming: asyncio.Future[list[ClaimedJob]],
    ) -> None:
        """Start what was claimed, and hand back the permits of the others.

        This is called by the future itself: while calls land by the hundred, each turn of the loop that a
        job waits for takes milliseconds.
        """
        jobs = {} if claiming.exception() else {job.id: job for job in claiming.result()}
        self._counts.claim(len(items), len(jobs))
        if any(job.is_capped for job in jobs.values()):
            self._slots.hold_back()
        for item, permit in zip(items, permits, strict=True):
            if job := jobs.get(item.job_id):
                start(job, permit, item.rank)
            else:
                self._slots.give()
                self._limiter.landed(permit, NOT_SENT)
