"""The attempts table, as its readers see it; the moves of the jobs write it."""

from sqlalchemy import Connection, bindparam, select

from jobs.attempt import Attempt
from jobs.store.rows import attempt_from
from jobs.store.tables import Key, attempts

_OF_JOB = (
    select(attempts).where(attempts.c.job_id == bindparam("job", type_=Key)).order_by(attempts.c.attempt)
)


class AttemptStore:
    """The attempts as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_job(self, job_id: str) -> list[Attempt]:
        """Return the job's attempts, first to last."""
        return [attempt_from(row) for row in self._connection.execute(_OF_JOB, {"job": job_id})]
