"""The worker's composition root: builds every collaborator once and hands it down."""

import os
from functools import partial

from celery import Celery

from claude.client import ClaudeClient
from evalruns.recurring_run import RecurringRun
from evalruns.start import EvalStarter
from jobs.celery_app import make_celery
from jobs.clock import utc_now
from jobs.dispatch import Dispatcher
from jobs.ids import IDS, WORKER_PREFIX
from jobs.news import News
from jobs.schedules.kinds import Kinds
from jobs.schedules.recurring_batch import RecurringBatch
from jobs.schedules.schedule import ScheduleKind
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
from worker.maintenance.actor import Actor
from worker.maintenance.aside import Aside
from worker.maintenance.deliverer import Deliverer
from worker.maintenance.expirer import Expirer
from worker.maintenance.pruner import Pruner
from worker.maintenance.rescuer import Rescuer
from worker.maintenance.scheduler import Scheduler
from worker.maintenance.stager import Stager
from worker.maintenance.treasurer import Treasurer
from worker.metrics.counts import Counts
from worker.tasks import register_tasks
from worker.webhooks.sender import Sender


def make_worker_app(settings: Settings, counts: Counts) -> Celery:
    """Return the Celery app of a worker process, engine and tasks included; raises `SettingError`."""
    celery = make_celery(settings)
    news = News(settings.redis_url)
    store = Store(open_engine(settings.database_url), news=news)
    register = Register(
        store=store, worker_id=IDS.make(WORKER_PREFIX), slot_count=settings.concurrency, clock=utc_now
    )
    dispatcher = Dispatcher(celery=celery, clock=utc_now)
    submitter = Submitter(store=store, dispatcher=dispatcher, settings=settings, clock=utc_now)
    stager = Stager(store=store, dispatcher=dispatcher, dispatch_lease=settings.dispatch_lease)
    recorder = Recorder(
        store=store,
        register=register,
        clock=utc_now,
        spill=Spill(spill_folder(os.environ, settings.database_url), database_url=settings.database_url),
        counts=counts,
        news=news,
    )
    engine = _make_engine(settings, recorder=recorder, register=register, stager=stager, counts=counts)
    register_tasks(
        celery,
        engine=engine,
        ticked=[
            Treasurer(store=store),
            stager,
            _make_rescuer(settings, store, register),
            Expirer(store=store),
            *_make_slow(settings, store=store, submitter=submitter, counts=counts),
        ],
        pruner=Pruner(store=store, retention=settings.retention),
        dispatch_lease=settings.dispatch_lease,
        clock=utc_now,
    )
    celery.steps["worker"].add(engine_step(engine))
    return celery


def _make_engine(
    settings: Settings, *, recorder: Recorder, register: Register, stager: Stager, counts: Counts
) -> Engine:
    key = settings.anthropic_key()
    return Engine(
        make_client=partial(_make_client, settings, key),
        make_limiter=partial(_make_limiter, settings, register.worker_id),
        account=account_of(key, settings.anthropic_base_url),
        recorder=recorder,
        register=register,
        feed=lambda pace: stager.run_once(utc_now(), pace=pace) > 0,
        slot_count=settings.concurrency,
        grace_s=settings.grace.total_seconds(),
        worker_lease=settings.worker_lease,
        clock=utc_now,
        counts=counts,
    )


def _make_rescuer(settings: Settings, store: Store, register: Register) -> Rescuer:
    return Rescuer(
        store=store,
        judge=register.worker_id,
        worker_lease=settings.worker_lease,
        may_judge=lambda: register.presence.has_lasted(settings.worker_lease),
    )


def _make_slow(settings: Settings, *, store: Store, submitter: Submitter, counts: Counts) -> list[Actor]:
    """Return what works beside the ticks, since a pass of it may take longer than a tick."""
    return [
        Aside(_make_deliverer(settings, store, counts)),
        Aside(Examiner(store=store, submitter=submitter, settings=settings)),
        Aside(Scheduler(store=store, kinds=_make_kinds(settings, store, submitter))),
    ]


def _make_kinds(settings: Settings, store: Store, submitter: Submitter) -> Kinds:
    starter = EvalStarter(store=store, submitter=submitter, settings=settings, clock=utc_now)
    return {
        ScheduleKind.REQUESTS: RecurringBatch(submitter),
        ScheduleKind.EVALUATION: RecurringRun(starter),
    }


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
