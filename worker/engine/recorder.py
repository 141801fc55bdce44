"""The engine's hands on the store: everything that it wants claimed and written goes through here."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic

import structlog

from jobs.chunk import NewChunk
from jobs.clock import Clock
from jobs.errors import StoreUnavailableError
from jobs.job import ClaimedJob
from jobs.news import News
from jobs.outcome import Outcome
from jobs.store.store import Store
from worker.engine.group import Claim
from worker.engine.held import Held
from worker.engine.register import Register
from worker.engine.spill import Spill
from worker.engine.writer import Writer
from worker.metrics.counts import Counts

BUSY = 16  # calls in flight, from which on outcomes are gathered for a moment
BUSY_WITH_CLAIMS = 200  # the same where claims would have to wait as well
HANGING_S = 5.0  # how long a stop waits for a driver that may never return


class Recorder:
    """One writer for the jobs that somebody waits for, one for the others, and one for the others' claims.

    So no call and no slot waits for a large group of outcomes. Where writers take turns in any case, claims
    go with the outcomes, in one transaction.
    What they must leave unwritten is spilled to disk, and written by the next recorder that starts there.
    """

    def __init__(
        self,
        *,
        store: Store,
        register: Register,
        clock: Clock,
        spill: Spill | None = None,
        counts: Counts | None = None,
        news: News | None = None,
    ) -> None:
        self._store = store
        self._spill = spill
        self._counts = counts or Counts()
        self._held = Held()
        self._handed_over = 0
        self._on_written: Callable[[], None] | None = None
        self._log = structlog.get_logger("recorder")
        make_writer = partial(
            Writer,
            store=store,
            register=register,
            held=self._held,
            clock=clock,
            counts=self._counts,
            news=news,
            on_written=self._tell,
        )
        self._interactive = make_writer(name="recorder-interactive", is_interactive=True)
        if store.takes_turns:
            self._others = self._claims = make_writer(name="recorder", lingers_from=BUSY_WITH_CLAIMS)
        else:
            self._others = make_writer(name="recorder", lingers_from=BUSY)
            self._claims = make_writer(name="recorder-claims")
        self._writers = list(dict.fromkeys([self._claims, self._interactive, self._others]))

    def start(self) -> None:
        """Settle what was spilled here before, then start the writers."""
        if self._spill is not None:
            try:
                self._spill.settle(self._store)
            except StoreUnavailableError as error:
                self._log.warning("spill_not_settled", error=str(error))  # it stays for the next start
        for writer in self._writers:
            writer.start()

    def stop(self, *, patience_s: float) -> int:
        """Write what is left and stop; spill, and count, the outcomes not written within `patience_s`."""
        until = monotonic() + patience_s
        for writer in self._writers:
            writer.finish()
        for writer in self._writers:
            writer.join(max(0.0, until - monotonic()))
        for writer in self._writers:
            writer.give_up()
        until = monotonic() + HANGING_S
        left = [each for writer in self._writers for each in writer.left(max(0.0, until - monotonic()))]
        if self._spill is not None and left:
            self._keep_on_disk(self._spill, left)
        return len(left)

    def claim(
        self, job_ids: Sequence[str], *, is_interactive: bool = False
    ) -> asyncio.Future[list[ClaimedJob]]:
        """Claim what is still queued of `job_ids`; the future may raise `StoreUnavailableError`."""
        loop = asyncio.get_running_loop()
        claim = Claim(job_ids, loop, loop.create_future())
        (self._interactive if is_interactive else self._claims).claim(claim)
        return claim.claimed

    @property
    def unwritten(self) -> int:
        """How many outcomes were handed over and are not written yet."""
        return self._handed_over - sum(writer.written for writer in self._writers)

    def when_written(self, tell: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
        """Have `tell` called in `loop`, as long as it runs, whenever outcomes were written."""

        def on_written() -> None:
            with suppress(RuntimeError):  # the loop has ended, and the last outcomes are being written
                loop.call_soon_threadsafe(tell)

        self._on_written = on_written

    def _tell(self) -> None:
        if self._on_written is not None:
            self._on_written()

    def settle(self, outcome: Outcome) -> None:
        """Have `outcome` written with the next group."""
        self._handed_over += 1
        self._writer_of(outcome.job_id, outcome.attempt).settle(outcome)

    def append(self, chunk: NewChunk) -> None:
        """Have `chunk` written with the next group."""
        self._writer_of(chunk.job_id, chunk.attempt).append(chunk)

    def beat(self, in_flight: int) -> None:
        """Have the worker's heartbeat written with the next group."""
        self._others.beat(in_flight)

    def _writer_of(self, job_id: str, attempt: int) -> Writer:
        """Return the one that writes all there is of the attempt, in its order."""
        return self._interactive if self._held.is_interactive((job_id, attempt)) else self._others

    def _keep_on_disk(self, spill: Spill, outcomes: Sequence[Outcome]) -> None:
        try:
            path = spill.keep(outcomes)
        except OSError as error:
            self._log.error("spill_failed", outcomes=len(outcomes), error=str(error))
        else:
            self._counts.spilled += len(outcomes)
            self._log.warning("outcomes_spilled", outcomes=len(outcomes), path=str(path))
