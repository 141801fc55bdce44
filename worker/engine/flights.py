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
from worker.engine.recorder import Recorder
from worker.limits.landing import STOPPED
from worker.limits.lane import Lane
from worker.limits.limiter import Limiter, Permit


@dataclass(slots=True)
class _Flight:
    job: ClaimedJob
    permit: Permit
    task: asyncio.Task[Attempted]
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
        clock: Clock,
        on_landed: Callable[[Lane], None],
    ) -> None:
        self._executor = executor
        self._recorder = recorder
        self._limiter = limiter
        self._clock = clock
        self._on_landed = on_landed
        self._flights: dict[tuple[str, int], _Flight] = {}
        self._log = structlog.get_logger("engine")

    def __len__(self) -> int:
        return len(self._flights)

    def start(self, job: ClaimedJob, permit: Permit) -> None:
        """Run one attempt of `job` with the leave of its lane."""
        flight = _Flight(job, permit, asyncio.get_running_loop().create_task(self._executor.execute(job)))
        self._flights[job.id, job.attempt] = flight
        flight.task.add_done_callback(partial(self._landed, flight))

    def cancel(self, job_id: str) -> None:
        """Stop the attempt of `job_id` because its caller asked for it; nothing happens if it has ended."""
        for flight in self._flights.values():
            if flight.job.id == job_id:
                flight.reason = Reason.CANCELED
                flight.task.cancel()

    async def drain(self, grace_s: float) -> int:
        """Wait for what is running, stop what is left after `grace_s`, and return how many were stopped."""
        if not self._flights:
            return 0
        _, late = await asyncio.wait([flight.task for flight in self._flights.values()], timeout=grace_s)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
        return len(late)

    def _landed(self, flight: _Flight, task: asyncio.Task[Attempted]) -> None:
        self._flights.pop((flight.job.id, flight.job.attempt), None)
        attempted = self._attempted(flight, task)
        self._recorder.settle(attempted.outcome)
        self._limiter.landed(flight.permit, attempted.landed)
        self._on_landed(flight.permit.lane)

    def _attempted(self, flight: _Flight, task: asyncio.Task[Attempted]) -> Attempted:
        if task.cancelled():
            return Attempted(self._stopped(flight), STOPPED)
        if error := task.exception():
            self._log.error("attempt_crashed", job_id=flight.job.id, exc_info=error)
            return Attempted(self._crashed(flight.job, error), STOPPED)
        return task.result()

    def _stopped(self, flight: _Flight) -> Outcome:
        is_canceled = flight.reason is Reason.CANCELED
        return Outcome(
            job_id=flight.job.id,
            attempt=flight.job.attempt,
            state=JobState.CANCELED if is_canceled else JobState.QUEUED,
            ended_at=self._clock(),
            reason=flight.reason,
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
