"""The record as an inspector reads it: straight from the tables, past the api."""

from typing import Any

from sqlalchemy import Row, Select, func, select

from jobs.errors import StoreUnavailableError
from jobs.job import JobState
from jobs.store.connect import open_engine
from jobs.store.store import translated
from jobs.store.tables import attempts, batches, is_in, jobs, workers
from promptmill.chaos.patience import until

PATIENCE_S = 60.0  # with a database whose connections are cut, or that is just back
SUCCEEDED = JobState.SUCCEEDED.value


class Record:
    """Answers questions about the jobs; waits for a database that is away."""

    def __init__(self, database_url: str) -> None:
        self._engine = open_engine(database_url, pool_size=1)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def worker_of(self, pid: int) -> str | None:
        """Return the id under which the process is known as a worker, None if it is not."""
        found = self._ask(
            select(workers.c.id).where(workers.c.pid == pid).order_by(workers.c.started_at.desc()).limit(1)
        )
        return str(found[0][0]) if found else None

    def held_by(self, worker_id: str | None) -> int:
        """Return how many jobs the worker has claimed and not settled."""
        if worker_id is None:
            return 0
        counted = select(func.count()).where(is_in(JobState.RUNNING), jobs.c.worker_id == worker_id)
        return int(str(self._ask(counted)[0][0]))

    def slots(self, worker_id: str | None) -> int:
        """Return how many calls the worker can have in flight; one, where it is not known."""
        rows = self._ask(select(workers.c.slots).where(workers.c.id == worker_id))
        return int(str(rows[0][0])) if rows else 1

    def ended(self, batch_id: str) -> int:
        """Return how many jobs of the batch have ended."""
        columns = (batches.c.succeeded, batches.c.errored, batches.c.canceled, batches.c.expired)
        rows = self._ask(select(*columns).where(batches.c.id == batch_id))
        return sum(int(str(number)) for number in rows[0])

    def answered_twice(self, batch_id: str) -> int:
        """Return how many jobs of the batch have more than one attempt on record that succeeded."""
        doubled = (
            select(attempts.c.job_id)
            .join(jobs, jobs.c.id == attempts.c.job_id)
            .where(jobs.c.batch_id == batch_id, attempts.c.state == SUCCEEDED)
            .group_by(attempts.c.job_id)
            .having(func.count() > 1)
        )
        return len(self._ask(doubled))

    def failures(self, batch_id: str) -> int:
        """Return how many failures were counted against the batch's jobs."""
        counted = select(func.coalesce(func.sum(jobs.c.failures), 0)).where(jobs.c.batch_id == batch_id)
        return int(str(self._ask(counted)[0][0]))

    def _ask(self, question: Select[Any]) -> list[Row[Any]]:
        """Return the rows, however often the connection breaks meanwhile."""
        found: list[list[Row[Any]]] = []

        def look() -> bool:
            try:
                with translated(self._engine), self._engine.connect() as connection:
                    found.append(list(connection.execute(question)))
            except StoreUnavailableError:
                return False
            return True

        until(look, "the database to answer", timeout_s=PATIENCE_S)
        return found[-1]
