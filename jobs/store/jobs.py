"""The jobs table: every move of a job as a method, each with the fence that keeps it from happening twice."""

import builtins
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import chain

from sqlalchemy import Connection

from jobs.bundle import BundleItem
from jobs.job import FINAL_STATES, ClaimedJob, Job, JobState, NewJob
from jobs.outcome import Outcome
from jobs.purse import Purse
from jobs.store import deletion, reading
from jobs.store.fairness import Line, ready_lanes
from jobs.store.moves import add, again, budget, claim, end, settle, stage
from jobs.store.stored import JobResult, StoredRequest, StoredResponse


class JobStore:
    """The jobs as one transaction sees and moves them; `docs/states.md` draws the moves."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lines: dict[str | None, Line] = {}

    def add_many(self, new_jobs: Iterable[NewJob], *, dispatched_at: datetime | None) -> dict[str, float]:
        """Insert new jobs of one tenant; return each lane's turn if they go out at once.

        All are of one batch, or all of none. They are `queued`, or `waiting` where they have a `run_at`.
        Several calls in one transaction go on where the last one for that batch stopped. Not more than a
        few hundred are held in memory.
        """
        rising = iter(new_jobs)
        first = next(rising, None)
        if first is None:
            return {}
        line = self._lines.get(first.batch_id) or Line(self._connection)
        self._lines[first.batch_id] = line
        return add.add_many(self._connection, chain([first], rising), line=line, dispatched_at=dispatched_at)

    def get(self, job_id: str, *, tenant: str | None = None) -> Job | None:
        """Return the job, or nothing if there is none or, with `tenant` given, it is another's."""
        return reading.get(self._connection, job_id, tenant=tenant)

    def get_many(self, job_ids: Collection[str]) -> dict[str, Job]:
        """Return those of the jobs that there are, by id."""
        return reading.get_many(self._connection, job_ids)

    def get_request(self, job_id: str) -> StoredRequest | None:
        """Return the job's request as it came in."""
        return reading.get_request(self._connection, job_id)

    def get_response(self, job_id: str) -> StoredResponse | None:
        """Return Claude's answer, if the job has succeeded."""
        return reading.get_response(self._connection, job_id)

    def list(
        self,
        *,
        tenant: str,
        state: JobState | None = None,
        batch_id: str | None = None,
        model: str | None = None,
        after: str | None = None,
        limit: int,
    ) -> builtins.list[Job]:
        """Return a page of the tenant's jobs, newest first; `after` is the last id of the page before."""
        return reading.list_jobs(
            self._connection,
            tenant=tenant,
            state=state,
            batch_id=batch_id,
            model=model,
            after=after,
            limit=limit,
        )

    def results(
        self,
        batch_id: str,
        *,
        states: Collection[JobState] = FINAL_STATES,
        after: str | None = None,
        limit: int,
    ) -> builtins.list[JobResult]:
        """Return a page of the batch's ended jobs in the order of their ids, with their responses."""
        return reading.results(self._connection, batch_id, states=states, after=after, limit=limit)

    def startable_count(self, tenant: str, *, most: int) -> int:
        """Return how many jobs of the tenant are queued or waiting; counts to about `most` only."""
        return reading.startable_count(self._connection, tenant, most=most)

    def running(self, worker_id: str) -> builtins.list[tuple[str, int]]:
        """Return id and attempt of each job that the worker has claimed and not settled."""
        return reading.running(self._connection, worker_id)

    def ready_lanes(self) -> builtins.list[str]:
        """Return the lanes that have jobs to stage."""
        return ready_lanes(self._connection)

    def stage(self, lane: str, *, limit: int, now: datetime) -> builtins.list[BundleItem]:
        """Mark the lane's next ready jobs as dispatched and return them. Fence: `queued`, not dispatched."""
        return stage.stage(self._connection, lane, limit=limit, now=now)

    def dispatched_counts(self) -> dict[str, int]:
        """Return how many queued jobs of each lane are on their way to a worker."""
        return stage.dispatched_counts(self._connection)

    def undispatch(self, *, now: datetime, lease: timedelta) -> int:
        """Make jobs ready again that were dispatched over a lease ago. Fence: `queued` and dispatched."""
        return stage.undispatch(self._connection, now=now, lease=lease)

    def undispatch_ids(self, job_ids: Sequence[str]) -> int:
        """Make these jobs ready again. Fence: `queued` and dispatched."""
        return stage.undispatch_ids(self._connection, job_ids)

    def claim(self, job_ids: Sequence[str], *, worker_id: str, now: datetime) -> builtins.list[ClaimedJob]:
        """Move jobs to `running` under a new attempt. Fence: `queued` and not past `expires_at`.

        Those whose batch or tenant has spent its budget are moved to `waiting` instead.
        """
        return claim.claim(self._connection, job_ids, worker_id=worker_id, now=now)

    def settle(self, outcomes: Sequence[Outcome]) -> builtins.list[str]:
        """Write what became of attempts, all or nothing for each; return the ids of the jobs written.

        Fence: `running`, under the outcome's own attempt. A job whose cancellation was asked for ends
        `canceled` where the outcome would have sent it round again.
        """
        return settle.settle(self._connection, outcomes)

    def wake(self, *, now: datetime, limit: int) -> int:
        """Queue waiting jobs that are due; return how many. Fence: `waiting`."""
        return stage.wake(self._connection, now=now, limit=limit)

    def purses_to_hold(self, *, now: datetime) -> builtins.list[Purse]:
        """Return the batches and tenants that have spent their budgets and have jobs ready."""
        return budget.purses_to_hold(self._connection, now=now)

    def purses_to_open(self, *, now: datetime) -> builtins.list[Purse]:
        """Return the batches and tenants with held jobs that have money again."""
        return budget.purses_to_open(self._connection, now=now)

    def hold(self, purse: Purse, *, now: datetime, limit: int) -> int:
        """Move ready jobs to `waiting` for want of money. Fence: `queued`, not dispatched."""
        return budget.hold(self._connection, purse, now=now, limit=limit)

    def release(self, purse: Purse, *, limit: int) -> int:
        """Queue jobs that were held. Fence: `waiting`, for that reason."""
        return budget.release(self._connection, purse, limit=limit)

    def is_spent(self, tenant: str, *, now: datetime) -> bool:
        """Return whether the tenant has spent its budget of the day, so that none of its jobs is started."""
        return budget.is_spent(self._connection, tenant, now=now)

    def expire(self, *, now: datetime, limit: int) -> int:
        """End jobs past their `expires_at`; return how many. Fence: `queued` or `waiting`."""
        return end.expire(self._connection, now=now, limit=limit)

    def rescue(self, worker_ids: Sequence[str], *, now: datetime) -> int:
        """Queue again what these workers were running; return how many jobs. Fence: `running`."""
        return again.rescue(self._connection, worker_ids, now=now)

    def cancel(self, job_id: str, *, now: datetime) -> JobState | None:
        """End the job if it has not started, or ask its worker to stop; return the state it is in then.

        Fence: `queued` or `waiting`. A job that has ended stays as it is; no such job returns nothing.
        """
        return end.cancel(self._connection, job_id, now=now)

    def cancel_batch(self, batch_id: str, *, now: datetime) -> int:
        """Cancel all jobs of the batch and note the request on it; return how many ended.

        Fence: as `cancel`.
        """
        return end.cancel_batch(self._connection, batch_id, now=now)

    def cancellations(self, worker_id: str) -> builtins.list[str]:
        """Return the ids of the worker's running jobs that it has been asked to stop."""
        return end.cancellations(self._connection, worker_id)

    def retry(self, job_ids: Sequence[str], *, expires_at: datetime) -> int:
        """Queue jobs afresh; return how many. Fence: `errored`, `canceled` or `expired`."""
        return again.retry(self._connection, job_ids, expires_at=expires_at)

    def retry_batch(self, batch_id: str, *, expires_at: datetime) -> int:
        """Queue afresh what failed of the batch, which is open again then. Fence: as `retry`."""
        return again.retry_batch(self._connection, batch_id, expires_at=expires_at)

    def delete_ended(self, *, before: datetime, limit: int) -> int:
        """Delete jobs that ended before then, with all that hangs on them; return how many jobs."""
        return deletion.delete_ended(self._connection, before=before, limit=limit)
