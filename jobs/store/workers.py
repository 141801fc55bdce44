"""The workers table: who is at work, and who has fallen silent."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, union, update

from jobs.job import JobState
from jobs.store.tables import Key, is_in, jobs, workers
from jobs.store.utc_datetime import UtcDateTime

_WORKER_ID = bindparam("worker", type_=Key)
_BEAT = (
    update(workers)
    .where(workers.c.id == _WORKER_ID)
    .values(beat_at=bindparam("now", type_=UtcDateTime), in_flight=bindparam("calls"))
)
_REMOVE = delete(workers).where(workers.c.id == _WORKER_ID)
_LOST = union(
    select(workers.c.id).where(workers.c.beat_at < bindparam("silent_since", type_=UtcDateTime)),
    select(jobs.c.worker_id).where(
        is_in(JobState.RUNNING), ~exists().where(workers.c.id == jobs.c.worker_id)
    ),
)
_SLOTS = select(func.coalesce(func.sum(workers.c.slots), 0))


class WorkerStore:
    """The workers as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, worker_id: str, *, host: str, pid: int, slots: int, now: datetime) -> None:
        """Make the worker known, with how many calls it can have in flight."""
        self.remove(worker_id)
        self._connection.execute(
            insert(workers),
            {
                "id": worker_id,
                "host": host,
                "pid": pid,
                "slots": slots,
                "in_flight": 0,
                "started_at": now,
                "beat_at": now,
            },
        )

    def beat(self, worker_id: str, *, in_flight: int, now: datetime) -> bool:
        """Note that the worker is alive; return false if it was given up meanwhile and must register anew."""
        beat = self._connection.execute(_BEAT, {"worker": worker_id, "calls": in_flight, "now": now})
        return bool(beat.rowcount)

    def remove(self, worker_id: str) -> None:
        """Take the worker off."""
        self._connection.execute(_REMOVE, {"worker": worker_id})

    def lost(self, *, now: datetime, lease: timedelta) -> list[str]:
        """Return the workers silent for over a lease, and those that run jobs without being known."""
        return sorted(self._connection.scalars(_LOST, {"silent_since": now - lease}))

    def slots(self) -> int:
        """Return how many calls all known workers together can have in flight."""
        slots: int = self._connection.execute(_SLOTS).scalar_one()
        return slots
