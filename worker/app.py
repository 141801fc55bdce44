"""The worker's composition root: builds every collaborator once and hands it down."""

import os
from datetime import timedelta
from functools import partial

from celery import Celery

from claude.client import ClaudeClient
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.ids import IDS, WORKER_PREFIX
from jobs.news import News
from jobs.queues import PRUNE, TICK, Queue
from jobs.settings import Settings
from jobs.store.connect import open_engine
from jobs.store.store import Store
from jobs.submit import Submitter
from jobs.webhooks.signing import WebhookSigner
from worker.bootstep import engine_step
from worker.engine.engine import Engine
from worker.engine.recorder import Recorder
from worker.engine.register import Register
from worker.engine.spill import Spill, spill_folder
from worker.evaluations.examiner import Examiner
from worker.limits.lane import account_of
from worker.limits.limiter import Limiter
from worker.limits.no_limits import NoLimits
from worker.limits.redis_limiter import RedisLimiter
from worker.limits.script import open_redis
from worker.maintenance.aside import Aside
from worker.maintenance.deliverer import Deliverer
from worker.maintenance.expirer import Expirer
from worker.maintenance.pruner import Pruner
from worker.maintenance.rescuer import Rescuer
from worker.maintenance.stager import Stager
from worker.maintenance.treasurer import Treasurer
from worker.metrics.counts import Counts
from worker.tasks import register_tasks
from worker.webhooks.sender import Sender

TICK_EVERY = timedelta(seconds=1)
PRUNE_EVERY = timedelta(minutes=10)


def make_worker_app(settings: Settings, counts: Counts) -> Celery:
    """Return the Celery app of a worker process, engine and tasks included; raises `SettingError`."""
    celery = make_celery(settings)
    store = Store(open_engine(settings.database_url))
    register = Register(
        store=store, worker_id=IDS.make(WORKER_PREFIX), slot_count=settings.concurrency, clock=utc_now
    )
    dispatcher = Dispatcher(celery=celery, clock=utc_now)
    submitter = Submitter(store=store, dispatcher=dispatcher, settings=settings, clock=utc_now)
    stager = Stager(
        store=store,
        dispatcher=dispatcher,
        dispatch_lease=settings.dispatch_lease,
    )
    rescuer = Rescuer(
        store=store,
        judge=register.worker_id,
        worker_lease=settings.worker_lease,
        may_judge=lambda: register.presence.has_lasted(settings.worker_lease),
    )
    engine = _make_engine(settings, store=store, register=register, stager=stager, counts=counts)
    register_tasks(
        celery,
        engine=engine,
        ticked=[
            Treasurer(store=store),
            stager,
            rescuer,
            Expirer(store=store),
            Aside(_make_deliverer(settings, store, counts)),
            Aside(Examiner(store=store, submitter=submitter, settings=settings)),
        ],
        pruner=Pruner(store=store, retention=settings.retention),
        dispatch_lease=settings.dispatch_lease,
        clock=utc_now,
    )
    celery.steps["worker"].add(engine_step(engine))
    return celery


def _make_engine(
    settings: Settings, *, store: Store, register: Register, stager: Stager, counts: Counts
) -> Engine:
    key = settings.anthropic_key()
    spill = Spill(spill_folder(os.environ, settings.database_url), database_url=settings.database_url)
    return Engine(
        make_client=partial(_make_client, settings, key),
        make_limiter=partial(_make_limiter, settings, register.worker_id),
        account=account_of(key, settings.anthropic_base_url),
        recorder=Recorder(
            store=store,
            register=register,
            clock=utc_now,
            spill=spill,
            counts=counts,
            news=News(settings.redis_url),
        ),
        register=register,
        feed=lambda: stager.run_once(utc_now()) > 0,
        slot_count=settings.concurrency,
        grace_s=settings.grace.total_seconds(),
        clock=utc_now,
        counts=counts,
    )


def _make_deliverer(settings: Settings, store: Store, counts: Counts) -> Deliverer:
    sender = Sender(
        signer=WebhookSigner(settings.webhook_masters),
        allows_inside=settings.allows_private_webhooks,
        clock=utc_now,
    )
    return Deliverer(store=store, sender=sender, counts=counts)


def _make_client(settings: Settings, key: str) -> ClaudeClient:
    return ClaudeClient(
        base_url=settings.anthropic_base_url,
        api_key=key,
        call_timeout_s=settings.call_timeout.total_seconds(),
        stall_timeout_s=settings.stall_timeout.total_seconds(),
        max_connections=settings.concurrency,
    )


def _make_limiter(settings: Settings, worker_id: str) -> Limiter:
    if not settings.has_limits:
        return NoLimits()
    return RedisLimiter(redis=open_redis(settings.redis_url), holder=worker_id)


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
