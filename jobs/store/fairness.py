"""The order within a lane: a tenant's own jobs by virtual start time, and the tenants by whose turn it is.

Ten jobs never wait behind a hundred thousand, neither those of the same tenant nor those of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heapify, heapreplace

from sqlalchemy import (
    Column,
    Connection,
    Double,
    PrimaryKeyConstraint,
    Table,
    bindparam,
    case,
    func,
    select,
)

from jobs.job import Priority
from jobs.store.grouped import Upsert
from jobs.store.tables import IS_READY, Key, jobs, metadata
from jobs.store.tenants import tenants

STEPS = {Priority.INTERACTIVE: 0.0, Priority.NORMAL: 1.0, Priority.BACKGROUND: 4.0}
"""How far apart a batch's jobs stand: the wider, the smaller its share beside others of its tenant."""

ROOMY_FILL_PERCENT = 50  # of a page: a handful of rows, each updated many times a second
LANE = ""
"""The place kept under no tenant's name is the lane's own: that of the turn taken last."""

turns = Table(
    "turns",
    metadata,
    Column("lane", Key, nullable=False),
    Column("tenant", Key, nullable=False),
    Column("place", Double, nullable=False),
    PrimaryKeyConstraint("lane", "tenant"),
    postgresql_with={"fillfactor": ROOMY_FILL_PERCENT},
)

_MOVE_ON = Upsert(
    turns,
    lambda given: {"place": case((turns.c.place > given("place"), turns.c.place), else_=given("place"))},
)
_IN_LANE = jobs.c.lane == bindparam("in_lane", type_=Key)
_OF_TENANT = jobs.c.tenant == bindparam("of_tenant", type_=Key)
_HEAD = select(func.min(jobs.c.vstart)).where(IS_READY, _IN_LANE, _OF_TENANT)
_TURN = select(func.max(turns.c.place)).where(
    turns.c.lane == bindparam("in_lane", type_=Key),
    turns.c.tenant.in_((bindparam("of_tenant", type_=Key), LANE)),
)
_STANDING = select(_HEAD.scalar_subquery().label("head"), _TURN.scalar_subquery().label("turn"))

# Recursive walks from one lane, or one tenant, to the next: a look into the index for each, however many
# jobs they hold.
_FIRST_LANE = select(func.min(jobs.c.lane).label("lane")).where(IS_READY)
_LANE_WALK = _FIRST_LANE.cte("ready_lanes", recursive=True)
_NEXT_LANE = select(func.min(jobs.c.lane)).where(IS_READY, jobs.c.lane > _LANE_WALK.c.lane).scalar_subquery()
_LANE_CHAIN = _LANE_WALK.union_all(select(_NEXT_LANE).where(_LANE_WALK.c.lane.is_not(None)))
_LANES = select(_LANE_CHAIN.c.lane).where(_LANE_CHAIN.c.lane.is_not(None))

_FIRST_TENANT = select(func.min(jobs.c.tenant).label("tenant")).where(IS_READY, _IN_LANE)
_WALK = _FIRST_TENANT.cte("ready_tenants", recursive=True)
_NEXT_TENANT = (
    select(func.min(jobs.c.tenant))
    .where(IS_READY, _IN_LANE, jobs.c.tenant > _WALK.c.tenant)
    .scalar_subquery()
)
_CHAIN = _WALK.union_all(select(_NEXT_TENANT).where(_WALK.c.tenant.is_not(None)))


def _place_of(tenant: object) -> object:
    same_lane = turns.c.lane == bindparam("in_lane", type_=Key)
    return select(turns.c.place).where(same_lane, turns.c.tenant == tenant).scalar_subquery()


_WAITING = (
    select(
        _CHAIN.c.tenant,
        func.coalesce(tenants.c.weight, 1.0).label("weight"),
        func.coalesce(_place_of(_CHAIN.c.tenant), 0.0).label("place"),
        func.coalesce(_place_of(LANE), 0.0).label("lane_place"),
    )
    .outerjoin(tenants, tenants.c.name == _CHAIN.c.tenant)
    .where(_CHAIN.c.tenant.is_not(None))
)


class Line:
    """Where new and returning jobs stand among their tenant's others, lane by lane."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._heads: dict[tuple[str, str], float] = {}
        self._turns: dict[tuple[str, str], float] = {}
        self._next: dict[tuple[str, str], float] = {}
        self._looked_up: set[str] = set()

    def look_ahead(self, tenant: str) -> None:
        """Look up now where the tenant's line begins in each lane; for it, no more is asked after that."""
        for lane in ready_lanes(self._connection):
            self._head(lane, tenant)
        self._looked_up.add(tenant)

    def join(self, lane: str, tenant: str, priority: Priority) -> float:
        """Return the next new job's place: from the head of the line on, a step behind the one before."""
        place = self._next.get((lane, tenant))
        if place is None:
            place = self._head(lane, tenant)
        self._next[lane, tenant] = place + STEPS[priority]
        return place

    def ahead(self, lane: str, tenant: str) -> float:
        """Return a place before all others, for jobs that come back: they have waited already."""
        return self._head(lane, tenant) - 1.0

    def turn(self, lane: str, tenant: str) -> float:
        """Return the tenant's next turn in the lane, as it was when first asked for, without taking it."""
        if (lane, tenant) not in self._turns:
            self._look_up(lane, tenant)
        return self._turns[lane, tenant]

    def _head(self, lane: str, tenant: str) -> float:
        """Return the lowest virtual start time that is ready, as it was when it was first asked for."""
        if (lane, tenant) not in self._heads:
            if tenant in self._looked_up:
                return 0.0
            self._look_up(lane, tenant)
        return self._heads[lane, tenant]

    def _look_up(self, lane: str, tenant: str) -> None:
        found = self._connection.execute(_STANDING, {"in_lane": lane, "of_tenant": tenant}).one()
        self._heads.setdefault((lane, tenant), found.head or 0.0)
        self._turns[lane, tenant] = found.turn or 0.0


def ready_lanes(connection: Connection) -> list[str]:
    """Return the lanes that have jobs to stage, by name."""
    return sorted(connection.scalars(_LANES))


@dataclass(slots=True)
class _Share:
    """What one tenant has been given of a lane."""

    weight: float
    start: float
    """Its first turn of these."""
    taken: int = 0

    @property
    def next(self) -> float:
        return self.start + self.taken / self.weight


class Round:
    """Turns of the tenants that have jobs ready in a lane: the lower place goes first.

    Each turn moves a tenant on by one over its weight. Who was away starts at the turn taken last, so that
    nobody saves up, and nobody is made to pay, for a time without rivals. This is start-time fair queueing:
    Goyal, Vin and Cheng, SIGCOMM 1996.
    """

    def __init__(self, connection: Connection, lane: str) -> None:
        self._connection = connection
        self._lane = lane
        rows = connection.execute(_WAITING, {"in_lane": lane}).all()
        self._shares = {row.tenant: _Share(row.weight, max(row.place, row.lane_place)) for row in rows}
        self._latest = max((row.lane_place for row in rows), default=0.0)
        self._active = set(self._shares)

    def quotas(self, count: int) -> Mapping[str, int]:
        """Return whose the next `count` turns are."""
        quotas: dict[str, int] = {}
        heap = [(share.next, tenant) for tenant, share in self._shares.items() if tenant in self._active]
        heapify(heap)
        for _ in range(count if heap else 0):
            _, tenant = heap[0]
            share = self._shares[tenant]
            quotas[tenant] = quotas.get(tenant, 0) + 1
            heapreplace(heap, (share.next + quotas[tenant] / share.weight, tenant))
        return quotas

    def take(self, tenant: str) -> float:
        """Take the tenant's next turn and return its place."""
        share = self._shares[tenant]
        place = share.next
        share.taken += 1
        self._latest = max(self._latest, place)
        return place

    def leave(self, tenant: str) -> None:
        """Note that the tenant has no more jobs ready."""
        self._active.discard(tenant)

    def close(self) -> None:
        """Keep the turns that were taken for the next round."""
        taken = {tenant: share.next for tenant, share in self._shares.items() if share.taken}
        if taken:
            places = sorted({**taken, LANE: self._latest}.items())
            rows = [{"lane": self._lane, "tenant": tenant, "place": place} for tenant, place in places]
            _MOVE_ON.execute(self._connection, rows)
