"""The limiter that all workers share: one exchange tells what was learned and admits many calls."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Sequence

import structlog
from redis.asyncio import Redis

from worker.limits.departures import Departures
from worker.limits.estimates import Estimates
from worker.limits.lane import Lane
from worker.limits.ledger import Ledger
from worker.limits.limiter import Admission, Ask, Landed, LimiterUnavailableError, Permit
from worker.limits.script import LaneScript

NEWS_S = 0.2  # what came down is told within that, or with the next asks
LEASE_S = 15.0  # as in lua/constants.lua
LEASE_BEAT_S = LEASE_S / 3
MOST_LANES = 1_000  # remembered at once; whoever sends jobs can make model names up


class _Line:
    """This process's line to one lane: exchanges go one at a time, so that they tell of nothing twice."""

    def __init__(self, lane: Lane, ledger: Ledger, script: LaneScript) -> None:
        self.ledger = ledger
        self.told_at = float("-inf")
        self._lane = lane
        self._script = script
        self._departures = Departures()
        self._turn = asyncio.Lock()

    @property
    def is_remembered(self) -> bool:
        """Whether the lane may still count calls of this process as in flight."""
        return asyncio.get_running_loop().time() - self.told_at < LEASE_S

    async def exchange(self, asks: Sequence[Ask] = ()) -> Admission:
        async with self._turn:
            self.told_at = asyncio.get_running_loop().time()
            message = self.ledger.message(asks)
            reply = await self._script.exchange(self._lane, message)
            departs_at = self._departures.departs_at(reply, asyncio.get_running_loop().time())
            return self.ledger.admission(asks, message, reply, departs_at=departs_at)


class RedisLimiter:
    """Keeps to each lane's limits together with all other processes on the same Redis."""

    def __init__(self, *, redis: Redis, holder: str) -> None:
        """Take over `redis`; `holder` names this process and no other."""
        self._redis = redis
        self._script = LaneScript(redis)
        self._holder = holder
        self._estimates = Estimates()
        self._lines: OrderedDict[Lane, _Line] = OrderedDict()
        self._teller: asyncio.Task[None] | None = None
        self._urgent = asyncio.Event()
        self._is_closing = False
        self._log = structlog.get_logger("limits")

    async def admit(self, lane: Lane, asks: Sequence[Ask]) -> Admission:
        """Give leave to the first of `asks`, as many as the lane has room for.

        Raises `LimiterUnavailableError` when Redis is away: then nothing was admitted.
        """
        if self._teller is None:
            self._teller = asyncio.get_running_loop().create_task(self._tell())
        return await self._line(lane).exchange(asks)

    def departed(self, permit: Permit, *, late_s: float) -> None:
        """Have the next call of the lane wait for one that left late."""
        if line := self._lines.get(permit.lane):
            line.ledger.departed(late_s)
            self._hurry(line)

    def landed(self, permit: Permit, landed: Landed) -> None:
        """Hand back a permit; never blocks."""
        if line := self._lines.get(permit.lane):
            line.ledger.landed(permit, landed)
            self._hurry(line)

    def _hurry(self, line: _Line) -> None:
        if line.ledger.is_urgent:
            self._urgent.set()

    async def close(self) -> None:
        """Tell what is left to tell, and close the connections."""
        self._is_closing = True
        self._urgent.set()
        if self._teller is not None:
            await self._teller  # not canceled: an exchange that is under way must be heard out
        with contextlib.suppress(LimiterUnavailableError):
            for line in self._lines.values():
                line.ledger.abandon()
                if line.ledger.has_news or line.is_remembered:
                    await line.exchange()
        await self._redis.aclose()

    def _line(self, lane: Lane) -> _Line:
        line = self._lines.get(lane)
        if line is None:
            ledger = Ledger(lane=lane, holder=self._holder, estimates=self._estimates)
            line = self._lines[lane] = _Line(lane, ledger, self._script)
            self._forget_idle()
        self._lines.move_to_end(lane)
        return line

    def _forget_idle(self) -> None:
        for lane in list(self._lines)[: len(self._lines) - MOST_LANES]:
            if not (self._lines[lane].ledger.held or self._lines[lane].ledger.has_news):
                del self._lines[lane]

    async def _tell(self) -> None:
        while not self._is_closing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(NEWS_S):
                    await self._urgent.wait()
            self._urgent.clear()
            now = asyncio.get_running_loop().time()
            for line in list(self._lines.values()):
                is_lapsing = line.ledger.held > 0 and now - line.told_at > LEASE_BEAT_S
                is_due = line.ledger.has_news and now - line.told_at > NEWS_S
                if line.ledger.is_urgent or is_due or is_lapsing:
                    await self._tell_one(line)

    async def _tell_one(self, line: _Line) -> None:
        try:
            await line.exchange()
        except LimiterUnavailableError as error:
            self._log.warning("limits_not_told", error=str(error))
