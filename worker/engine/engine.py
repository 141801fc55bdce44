"""The engine: one event loop in a thread of its own, from offered ids to recorded outcomes."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

import structlog
import uvloop

from claude.client import ClaudeClient
from jobs.bundle import Bundle
from jobs.clock import Clock
from worker.engine.admission import Admission
from worker.engine.executor import Executor
from worker.engine.feeder import Feed, Feeder
from worker.engine.flights import Flights
from worker.engine.pulse import Pulse
from worker.engine.recorder import Recorder
from worker.engine.register import Register
from worker.engine.slots import Slots
from worker.limits.limiter import Limiter
from worker.metrics.counts import Counts

GIVE_UP_S = 5.0  # how long a stopping engine waits for each thing that only tidies up
LAST_WRITE_S = 30.0  # how long a stopping engine waits at most for the store to take what is left


class Engine:
    """Takes offers from Celery's threads, runs them, and gives back what it cannot finish."""

    def __init__(
        self,
        *,
        make_client: Callable[[], ClaudeClient],
        make_limiter: Callable[[], Limiter],
        account: str,
        recorder: Recorder,
        register: Register,
        feed: Feed,
        slot_count: int,
        grace_s: float,
        worker_lease: timedelta,
        clock: Clock,
        counts: Counts | None = None,
    ) -> None:
        self._make_client = make_client
        self._make_limiter = make_limiter
        self._account = account
        self._recorder = recorder
        self._register = register
        self._feed = feed
        self._slot_count = slot_count
        self._grace_s = grace_s
        self._worker_lease = worker_lease
        self._clock = clock
        self._counts = counts or Counts()
        self._log = structlog.get_logger("engine")
        # Daemons, so that a driver which hangs in one of them cannot keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._running = threading.Event()
        self._begun = threading.Event()
        self._fault: Exception | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event
        self._admission: Admission

    def start(self) -> None:
        """Enter this worker in the register and start the loop; returns once offers can be taken.

        Raises what kept the loop from starting.
        """
        self._register.enter()
        self._recorder.start()
        self._thread.start()
        self._begun.wait()
        if self._fault is not None:
            self._recorder.stop(patience_s=0)
            self._register.leave()
            raise self._fault
        self._log.info("engine_started", worker_id=self._register.worker_id, slots=self._slot_count)

    def offer(self, bundle: Bundle, *, for_s: float) -> None:
        """Hand `bundle` to the loop, from any thread, to be started within so many seconds.

        After `stop` it is dropped, for others to run.
        """
        if self._running.is_set():
            self._loop.call_soon_threadsafe(self._admission.offer, bundle.items, for_s)

    def stop(self) -> None:
        """Stop taking, finish what is in flight within the grace period, give back the rest, write it all."""
        if not self._running.is_set():
            return
        self._running.clear()
        deadline = time.monotonic() + self._grace_s
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(self._grace_s + 3 * GIVE_UP_S)
        # Whoever told us to stop will not wait for long past the grace period, and what is spilled is safe.
        patience_s = min(LAST_WRITE_S, max(GIVE_UP_S, deadline - time.monotonic()))
        unwritten = self._recorder.stop(patience_s=patience_s)
        self._register.leave()
        self._log.info("engine_stopped", worker_id=self._register.worker_id, unwritten=unwritten)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._main())
        except Exception as error:  # noqa: BLE001 - it is raised, or logged, where it can be seen
            self._fault = error
            if self._begun.is_set():
                self._log.critical("engine_failed", exc_info=error)
        finally:
            self._begun.set()

    async def _main(self) -> None:
        client, limiter, slots = self._make_client(), self._make_limiter(), Slots(self._slot_count)
        self._admission = Admission(
            slots=slots,
            recorder=self._recorder,
            limiter=limiter,
            account=self._account,
            counts=self._counts,
        )
        flights = Flights(
            executor=Executor(client=client, recorder=self._recorder, clock=self._clock),
            recorder=self._recorder,
            limiter=limiter,
            slot_count=self._slot_count,
            clock=self._clock,
            is_given_up=lambda: self._register.presence.is_silent_for(self._worker_lease),
            on_landed=self._admission.slot_freed,
            counts=self._counts,
        )
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._recorder.when_written(flights.go_on, self._loop)
        self._running.set()
        self._begun.set()
        pulse = asyncio.create_task(Pulse(flights, self._recorder, self._register).run())
        intake = [
            asyncio.create_task(self._admission.run(flights.start)),
            asyncio.create_task(Feeder(self._admission, slots, self._feed).run()),
        ]
        await self._stopping.wait()
        await _cancel(*intake)
        await _within(GIVE_UP_S, asyncio.to_thread(self._register.give_back, self._admission.close()))
        stopped = await flights.drain(self._grace_s)
        self._log.info("engine_drained", given_back=stopped)
        await _cancel(pulse)
        await _within(GIVE_UP_S, limiter.close())
        await client.aclose()


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    """Cancel `tasks` and wait for their ends, though not for a store that does not answer."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=GIVE_UP_S)


async def _within(seconds: float, work: Awaitable[None]) -> None:
    """Wait for `work`, but not for long: what it would have tidied up is found by others."""
    with suppress(TimeoutError):
        await asyncio.wait_for(work, seconds)
