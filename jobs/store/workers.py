"""The workers table: who is at work, and who has fallen silent, by the database's own clock."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, exists, func, or_, select, union, update

from jobs.job import JobState
from jobs.store.dialects import RecordNow
from jobs.store.grouped import Upsert
from jobs.store.tables import Key, is_in, jobs, workers
from jobs.store.utc_datetime import UtcDateTime

_WORKER_ID = bindparam("worker", type_=Key)
_ENTRY = ("host", "pid", "slots", "in_flight", "started_at", "beat_at")
# Both writers of a worker that was given up may find that, and enter it again, at the same time.
_REGISTER = Upsert(workers, lambda given: {name: given(name) for name in _ENTRY})
_BEAT = (
    update(workers)
    .where(workers.c.id == _WORKER_ID)
    .values(beat_at=RecordNow(), in_flight=bindparam("calls"))
    .returning(workers.c.beat_at)
)
_REMOVE = delete(workers).where(workers.c.id == _WORKER_ID)
_LOST = union(
    select(workers.c.id).where(
        or_(
            workers.c.beat_at < bindparam("earliest", type_=UtcDateTime),
            workers.c.beat_at > bindparam("latest", type_=UtcDateTime),
        )
    ),
    select(jobs.c.worker_id).where(
        is_in(JobState.RUNNING), ~exists().where(workers.c.id == jobs.c.worker_id)
    ),
)
_SLOTS = select(func.coalesce(func.sum(workers.c.slots), 0))


class WorkerStore:
    """The workers as one transaction sees them.

    Their hosts' clocks may differ by any amount: a heartbeat has the database's time, and is judged by it.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, worker_id: str, *, host: str, pid: int, slots: int) -> datetime:
        """Make the worker known, with how many calls it can have in flight; return its first heartbeat."""
        now = self._now()
        entry = (host, pid, slots, 0, now, now)
        _REGISTER.execute(self._connection, [{"id": worker_id, **dict(zip(_ENTRY, entry, strict=True))}])
        return now

    def beat(self, worker_id: str, *, in_flight: int) -> datetime | None:
        """Note that the worker is alive; return when, or nothing if it was given up meanwhile."""
        beat = self._connection.execute(_BEAT, {"worker": worker_id, "calls": in_flight})
        return beat.scalar_one_or_none()

    def remove(self, worker_id: str) -> None:
        """Take the worker off."""
        self._connection.execute(_REMOVE, {"worker": worker_id})

    def lost(self, *, lease: timedelta) -> list[str]:
        """Return the workers silent for over a lease, and those that run jobs without being known.

        A heartbeat that is more than a lease ahead was made before the clock was put back: nobody can say
        how old it is, and whoever lives will have made another by then.
        """
        now = self._now()
        return sorted(self._connection.scalars(_LOST, {"earliest": now - lease, "latest": now + lease}))

    def slots(self) -> int:
        """Return how many calls all known workers together can have in flight."""
        slots: int = self._connection.execute(_SLOTS).scalar_one()
        return slots

    def _now(self) -> datetime:
        now: datetime = self._connection.execute(select(RecordNow())).scalar_one()
        return now
