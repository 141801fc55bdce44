"""The faults: what each does to the stack, and what must not come of it."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from promptmill.chaos.blackouts import (
    broker_killed,
    broker_paused,
    database_cut,
    database_stopped,
    disk_full,
    has_disk_limits,
)
from promptmill.chaos.broker import Broker, OwnBroker
from promptmill.chaos.database import Database
from promptmill.chaos.process import Process
from promptmill.chaos.scene import Scene
from promptmill.stack.part import ending_of

FEW = 3
SEVERAL = 5
FULL = 0.9  # of a worker's slots in use: as good as all
FILL_S = 60.0
SETTLE_S = 60.0
RESCUE_S = 15.0  # after the lease


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way to break the stack."""

    name: str
    title: str
    strike: Callable[[Scene], None]
    times: int
    lasts: bool = False
    """Whether it takes its time: recovery then counts from its end."""


def faults_for(database: Database, broker: Broker, *, kills: int, outage_s: float) -> list[Fault]:
    """Return the faults that can be injected here, in the order of the table."""
    faults = [
        Fault(name="worker-killed", title="worker killed", strike=worker_killed, times=kills),
        Fault(name="api-killed", title="api killed", strike=api_killed, times=FEW),
        Fault(name="beat-killed", title="beat killed", strike=beat_killed, times=FEW),
        Fault(name="all-killed", title="all killed at once", strike=all_killed, times=FEW),
        lasting("worker-stopped", "worker told to stop", worker_stopped, FEW),
        lasting("worker-frozen", "worker frozen past lease", worker_frozen, 1),
        Fault(name="broker-flushed", title="broker emptied", strike=broker_flushed, times=SEVERAL),
    ]
    if isinstance(broker, OwnBroker):
        faults.append(lasting("broker-killed", "broker killed, back empty", broker_killed, FEW))
        faults.append(lasting("broker-paused", f"broker paused, {outage_s:g} s", broker_paused, 1))
    if database.is_postgres:
        cut = "database connections cut"
        faults.append(Fault(name="database-cut", title=cut, strike=database_cut, times=SEVERAL))
    if database.outage is not None:
        faults.append(lasting("database-stopped", f"database stopped, {outage_s:g} s", database_stopped, 1))
    if database.sqlite_file is not None and has_disk_limits():
        faults.append(lasting("disk-full", "disk full", disk_full, 1))
    return faults


def lasting(name: str, title: str, strike: Callable[[Scene], None], times: int) -> Fault:
    """Return a fault that takes its time."""
    return Fault(name=name, title=title, strike=strike, times=times, lasts=True)


def worker_killed(scene: Scene) -> None:
    """Kill a worker; its jobs must run again elsewhere once its lease is over."""
    _kill_worker(scene, scene.chance.choice(scene.crew.workers)).start()


def api_killed(scene: Scene) -> None:
    """Kill the api right after it has answered; what it accepted must be there."""
    scene.submit_aside("before the kill")
    scene.crew.api.kill()
    scene.crew.api.start()


def beat_killed(scene: Scene) -> None:
    """Kill the clock."""
    scene.crew.beat.kill()
    scene.crew.beat.start()


def all_killed(scene: Scene) -> None:
    """Kill workers, api and clock."""
    scene.submit_aside("before the kill")
    killed = [_kill_worker(scene, worker) for worker in scene.crew.workers]
    for process in (scene.crew.api, scene.crew.beat):
        process.kill()
        killed.append(process)
    for process in killed:
        process.start()


def broker_flushed(scene: Scene) -> None:
    """Lose every message there is."""
    scene.broker.flush()


def worker_stopped(scene: Scene) -> None:
    """Tell a worker with all hands full to stop; it must finish or give back, and exit with 0."""
    worker = scene.chance.choice(scene.crew.workers)
    worker_id = _settled_in(scene, worker)
    worker.send(signal.SIGTERM)
    if code := worker.wait():
        scene.problems.append(f"a worker that was told to stop {ending_of(code)}")
    if held := scene.record.held_by(worker_id):
        scene.problems.append(f"a worker that was told to stop left {held} jobs running")
    worker.start()


def worker_frozen(scene: Scene) -> None:
    """Freeze a worker until others have taken over its jobs; its late answers must be refused."""
    worker = scene.chance.choice(scene.crew.workers)
    worker_id = _settled_in(scene, worker)
    worker.send(signal.SIGSTOP)
    try:
        scene.lose(worker_id)
        _see_rescued(scene, worker_id)
    finally:
        worker.send(signal.SIGCONT)
    known_again = partial(scene.record.worker_of, worker.pid)
    scene.until(known_again, "a thawed worker to be known again", timeout_s=SETTLE_S)


def _see_rescued(scene: Scene, worker_id: str | None) -> None:
    patience_s = scene.lease_s + RESCUE_S
    deadline = time.monotonic() + patience_s
    scene.until(
        lambda: not scene.record.held_by(worker_id) or time.monotonic() > deadline,
        "a frozen worker's jobs to be rescued",
        timeout_s=patience_s + SETTLE_S,
    )
    if not scene.record.held_by(worker_id):
        return
    if scene.database.is_postgres:
        scene.problems.append(f"a frozen worker's jobs were not rescued within {patience_s:.0f} s")
    else:
        # A stopped process keeps the locks on its files, and SQLite knows no other way to take turns.
        scene.remarks.append(
            "frozen while it wrote to SQLite, a worker held up the others until it was thawed"
        )


def _kill_worker(scene: Scene, worker: Process) -> Process:
    worker_id = scene.record.worker_of(worker.pid)
    worker.kill()
    scene.lose(worker_id)
    return worker


def _settled_in(scene: Scene, worker: Process) -> str | None:
    """Wait until the worker is at work and has its hands full, or there is no more work to fill them with."""
    main = scene.sent[0]

    def is_full() -> bool:
        worker_id = scene.record.worker_of(worker.pid)
        if worker_id is None:
            return False  # it is still starting
        left = len(main.sums) - scene.record.ended(main.batch_id)
        return scene.record.held_by(worker_id) >= FULL * scene.record.slots(worker_id) or not left

    scene.until(is_full, "a worker to have its hands full", timeout_s=FILL_S)
    return scene.record.worker_of(worker.pid)
