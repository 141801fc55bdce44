"""The attempts that are running in this process, and how each comes down."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog

from jobs.clock import Clock
from jobs.job import ClaimedJob, JobError, JobState
from jobs.outcome import Outcome, Reason
from worker.engine.attempted import Attempted
from worker.engine.executor import Executor
from worker.engine.ready import ReadyLine
from worker.engine.recorder import Recorder
from worker.limits.landing import NOT_SENT, STOPPED
from worker.limits.lane import Lane
from worker.limits.limiter import Limiter, Permit
from worker.metrics.counts import Counts

# Calls that begin in one turn of the loop land in one, as a rule. Where the loop is what they wait for, a
# hundred would make all else wait for the time of a hundred, again and again.
MOST_IN_TURN = 8
LEAST_AT_STAKE = 200  # calls in flight, or landed and not recorded yet; more where there are more slots


@dataclass(slots=True)
class _Flight:
    job: ClaimedJob
    permit: Permit
    task: asyncio.Task[Attempted]
    begun: float
    """In the loop's time."""
    reason: Reason = Reason.SHUTDOWN
    """Why it was stopped, if it was."""


class Flights:
    """Starts attempts as tasks of the event loop and records the outcome of each, however it ended."""

    def __init__(
        self,
        *,
        executor: Executor,
        recorder: Recorder,
        limiter: Limiter,
        slot_count: int,
        clock: Clock,
        is_given_up: Callable[[], bool],
        on_landed: Callable[[Lane], None],
        counts: Counts,
    ) -> None:
        self._executor = executor
        self._recorder = recorder
        self._limiter = limiter
        self._slot_count = slot_count
        self._clock = clock
        self._is_given_up = is_given_up
        self._on_landed = on_landed
        self._counts = counts
        self._flights: dict[tuple[str, int], _Flight] = {}
        self._ready = ReadyLine()
        self._left_in_turn = MOST_IN_TURN
        self._most_at_stake = max(slot_count, LEAST_AT_STAKE)
        self._is_closed = False
        self._log = structlog.get_logger("engine")

    def __len__(self) -> int:
        return len(self._flights)

    def start(self, job: ClaimedJob, permit: Permit, rank: int) -> None:
        """Run one attempt of `job` with the leave of its lane, as soon as there is a slot.

        The lower `rank` gets one first. Once `drain` has begun it is given back instead.
        """
        if self._is_closed:
            self._give_back(job, permit, Reason.SHUTDOWN)
            return
        self._ready.add(job, permit, rank=rank)
        self.go_on()

    def go_on(self) -> None:
        """Have those that are ready take off while there are slots, but not too many in one turn."""
        while self._ready and self._left_in_turn and self._has_slot():
            if self._left_in_turn == MOST_IN_TURN:
                asyncio.get_running_loop().call_soon(self._next_turn)
            self._left_in_turn -= 1
            self._take_off(*self._ready.take())

    def _next_turn(self) -> None:
        self._left_in_turn = MOST_IN_TURN
        self.go_on()

    def _has_slot(self) -> bool:
        """Return whether the next may take off: what is at stake is paid for again if we are killed."""
        at_stake = len(self._flights) + self._recorder.unwritten
        may_risk = at_stake < self._most_at_stake or self._ready.is_interactive
        return may_risk and len(self._flights) < self._slot_count

    def _take_off(self, job: ClaimedJob, permit: Permit) -> None:
        if self._is_given_up():
            # Its jobs are others' by now: a process that was frozen must not call for them on waking.
            self._give_back(job, permit, Reason.WORKER_LOST)
            return
        loop = asyncio.get_running_loop()
        early_s = permit.departs_at - loop.time() if permit.departs_at else 0.0
        if early_s < 0:
            # At once, not in the task: the next calls may be asked for before that runs.
            self._limiter.departed(permit, late_s=-early_s)
        call = self._depart(job, permit) if early_s > 0 else self._executor.execute(job)
        begun = max(loop.time(), permit.departs_at)
        flight = _Flight(job, permit, loop.create_task(call), begun)
        self._counts.started += 1
        self._flights[job.id, job.attempt] = flight
        flight.task.add_done_callback(partial(self._landed, flight))

    def _give_back(self, job: ClaimedJob, permit: Permit, reason: Reason) -> None:
        """Settle a job that was claimed and not called for."""
        self._recorder.settle(self._stopped(job, reason))
        self._limiter.landed(permit, NOT_SENT)
        self._on_landed(permit.lane)

    async def _depart(self, job: ClaimedJob, permit: Permit) -> Attempted:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(permit.departs_at - loop.time())
        if self._is_given_up():
            return Attempted(self._stopped(job, Reason.WORKER_LOST), NOT_SENT)
        self._limiter.departed(permit, late_s=loop.time() - permit.departs_at)
        return await self._executor.execute(job)

    def cancel(self, job_id: str) -> None:
        """Stop the attempt of `job_id` because its caller asked for it; nothing happens if it has ended."""
        for flight in self._flights.values():
            if flight.job.id == job_id:
                flight.reason = Reason.CANCELED
                flight.task.cancel()
        for job, permit in self._ready.take_out(job_id):
            self._give_back(job, permit, Reason.CANCELED)

    async def drain(self, grace_s: float) -> int:
        """Wait for what is running, stop what is left after `grace_s`, and return how many were stopped.

        What has no slot yet is given back at once, and what a slow claim still brings as it comes.
        """
        self._is_closed = True
        while self._ready:
            self._give_back(*self._ready.take(), Reason.SHUTDOWN)
        deadline = asyncio.get_running_loop().time() + grace_s
        stopped = 0
        while self._flights:
            left_s = max(0.0, deadline - asyncio.get_running_loop().time())
            _, late = await asyncio.wait([flight.task for flight in self._flights.values()], timeout=left_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
            stopped += len(late)
            await asyncio.sleep(0)  # for those that have landed to be struck off
        return stopped

    def _landed(self, flight: _Flight, task: asyncio.Task[Attempted]) -> None:
        self._flights.pop((flight.job.id, flight.job.attempt), None)
        attempted = self._attempted(flight, task)
        self._recorder.settle(attempted.outcome)
        seconds = max(asyncio.get_running_loop().time() - flight.begun, 0.0)
        self._counts.land(flight.job.model, attempted.outcome, seconds)
        self._limiter.landed(flight.permit, attempted.landed)
        self._on_landed(flight.permit.lane)
        self.go_on()

    def _attempted(self, flight: _Flight, task: asyncio.Task[Attempted]) -> Attempted:
        if task.cancelled():
            return Attempted(self._stopped(flight.job, flight.reason), STOPPED)
        if error := task.exception():
            self._log.error("attempt_crashed", job_id=flight.job.id, exc_info=error)
            return Attempted(self._crashed(flight.job, error), STOPPED)
        return task.result()

    def _stopped(self, job: ClaimedJob, reason: Reason) -> Outcome:
        return Outcome(
            job_id=job.id,
            attempt=job.attempt,
            state=JobState.CANCELED if reason is Reason.CANCELED else JobState.QUEUED,
            ended_at=self._clock(),
            reason=reason,
        )

    def _crashed(self, job: ClaimedJob, error: BaseException) -> Outcome:
        return Outcome(
            job_id=job.id,
            attempt=job.attempt,
            state=JobState.ERRORED,
            ended_at=self._clock(),
            reason=Reason.REFUSED,
            is_failure=True,
            error=JobError(
                type="internal_error", message=f"Promptmill failed to run this job: {type(error).__name__}."
            ),
        )
