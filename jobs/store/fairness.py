"""Virtual start times: the order within a lane, in which ten jobs never wait behind a hundred thousand."""

from collections.abc import Mapping

from sqlalchemy import Connection, func, select

from jobs.job import Priority
from jobs.store.tables import IS_READY, jobs

STEPS = {Priority.INTERACTIVE: 0.0, Priority.NORMAL: 1.0, Priority.BACKGROUND: 4.0}
"""How far apart a batch's jobs stand: the wider, the smaller its share beside others."""

# A recursive walk from lane to lane: one look into the index for each, however many jobs they hold.
_FIRST_LANE = select(func.min(jobs.c.lane).label("lane")).where(IS_READY)
_WALK = _FIRST_LANE.cte("ready_lanes", recursive=True)
_NEXT_LANE = select(func.min(jobs.c.lane)).where(IS_READY, jobs.c.lane > _WALK.c.lane).scalar_subquery()
_LANES = _WALK.union_all(select(_NEXT_LANE).where(_WALK.c.lane.is_not(None)))
_HEAD = select(func.min(jobs.c.vstart)).where(IS_READY, jobs.c.lane == _LANES.c.lane).scalar_subquery()
_HEADS = select(_LANES.c.lane, _HEAD.label("vstart")).where(_LANES.c.lane.is_not(None))


class Line:
    """Where new and returning jobs stand, lane by lane."""

    def __init__(self, heads: Mapping[str, float]) -> None:
        self._heads = heads
        self._next = dict(heads)

    @property
    def lanes(self) -> list[str]:
        """Return the lanes that have jobs to stage."""
        return sorted(self._heads)

    def join(self, lane: str, priority: Priority) -> float:
        """Return the next new job's place: from the head of its lane on, a step behind the one before."""
        place = self._next.get(lane, 0.0)
        self._next[lane] = place + STEPS[priority]
        return place

    def ahead(self, lane: str) -> float:
        """Return a place before all others, for jobs that come back: they have waited already."""
        return self._heads.get(lane, 0.0) - 1.0


def line_up(connection: Connection) -> Line:
    """Return the line as it stands: for each lane with jobs to stage, the lowest virtual start time."""
    return Line({row.lane: row.vstart for row in connection.execute(_HEADS)})
