"""Virtual start times: jobs are staged in their order, so that ten never wait behind a hundred thousand."""

from sqlalchemy import Connection, select

from jobs.job import Priority
from jobs.store.tables import IS_READY, jobs

STEPS = {Priority.INTERACTIVE: 0.0, Priority.NORMAL: 1.0, Priority.BACKGROUND: 4.0}
"""How far apart a batch's jobs stand: the wider, the smaller its share beside others."""

_FIRST = select(jobs.c.vstart).where(IS_READY).order_by(jobs.c.vstart).limit(1)


def virtual_now(connection: Connection) -> float:
    """Return the lowest virtual start time that is waiting to be staged, or 0: new jobs start here."""
    first: float | None = connection.execute(_FIRST).scalar()
    return first or 0.0


def ahead_of_all(connection: Connection) -> float:
    """Return a virtual start time before all others, for jobs that come back: they have waited already."""
    return virtual_now(connection) - 1.0
