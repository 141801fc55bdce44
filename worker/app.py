"""The worker's composition root: builds every collaborator once and hands it down."""

from datetime import timedelta

from celery import Celery

from claude.client import ClaudeClient
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.ids import IDS, WORKER_PREFIX
from jobs.queues import PRUNE, TICK, Queue
from jobs.settings import Settings
from jobs.store.connect import open_engine
from jobs.store.store import Store
from worker.bootstep import engine_step
from worker.engine.engine import Engine
from worker.engine.recorder import Recorder
from worker.engine.register import Register
from worker.maintenance.expirer import Expirer
from worker.maintenance.pruner import Pruner
from worker.maintenance.rescuer import Rescuer
from worker.maintenance.stager import Stager
from worker.tasks import register_tasks

TICK_EVERY = timedelta(seconds=1)
PRUNE_EVERY = timedelta(minutes=10)


def make_worker_app(settings: Settings) -> Celery:
    """Return the Celery app of a worker process, engine and tasks included; raises `SettingError`."""
    key = settings.anthropic_key()
    celery = make_celery(settings)
    store = Store(open_engine(settings.database_url))
    dispatcher = Dispatcher(celery=celery, clock=utc_now)
    register = Register(
        store=store, worker_id=IDS.make(WORKER_PREFIX), slot_count=settings.concurrency, clock=utc_now
    )
    stager = Stager(store=store, dispatcher=dispatcher, dispatch_lease=settings.dispatch_lease)

    def make_client() -> ClaudeClient:
        return ClaudeClient(
            base_url=settings.anthropic_base_url,
            api_key=key,
            call_timeout_s=settings.call_timeout.total_seconds(),
            stall_timeout_s=settings.stall_timeout.total_seconds(),
            max_connections=settings.concurrency,
        )

    engine = Engine(
        make_client=make_client,
        recorder=Recorder(store=store, register=register, clock=utc_now),
        register=register,
        feed=lambda: stager.run_once(utc_now()) > 0,
        slot_count=settings.concurrency,
        grace_s=settings.grace.total_seconds(),
        clock=utc_now,
    )
    register_tasks(
        celery,
        engine=engine,
        ticked=[stager, Rescuer(store=store, worker_lease=settings.worker_lease), Expirer(store=store)],
        pruner=Pruner(store=store, retention=settings.retention),
        dispatch_lease=settings.dispatch_lease,
        clock=utc_now,
    )
    celery.steps["worker"].add(engine_step(engine))
    return celery


def make_beat_app(settings: Settings) -> Celery:
    """Return the Celery app of a beat process: it ticks, and the workers do the work."""
    celery = make_celery(settings)
    celery.conf.beat_schedule = {
        "tick": {"task": TICK, "schedule": TICK_EVERY, "options": _to_maintenance(TICK_EVERY)},
        "prune": {"task": PRUNE, "schedule": PRUNE_EVERY, "options": _to_maintenance(PRUNE_EVERY)},
    }
    return celery


def _to_maintenance(every: timedelta) -> dict[str, object]:
    # A tick that nobody took in time is void: the next one says the same.
    return {"queue": Queue.MAINTENANCE.value, "expires": every.total_seconds() * 5}
