"""The Celery tasks: each hands its message on in a line or two."""

from collections.abc import Callable
from datetime import timedelta

import structlog
from celery import Celery, Task
from celery.worker.consumer import Consumer
from kombu.message import Message

from jobs.bundle import decode_bundle
from jobs.clock import Clock
from jobs.errors import StoreUnavailableError
from jobs.queues import PRUNE, RUN_BUNDLE, TICK
from worker.engine.engine import Engine
from worker.maintenance.actor import Actor


def register_tasks(
    celery: Celery,
    *,
    engine: Engine,
    ticked: list[Actor],
    pruner: Actor,
    dispatch_lease: timedelta,
    clock: Clock,
) -> None:
    """Give `celery` its tasks."""
    log = structlog.get_logger("tasks")

    @celery.task(name=RUN_BUNDLE, Strategy=staticmethod(at_once))
    def run_bundle(text: str) -> None:
        bundle = decode_bundle(text)
        # Past the lease the stager sends these jobs again, maybe elsewhere: two workers that hold the same
        # jobs would get in each other's way.
        left_s = dispatch_lease.total_seconds() - (clock().timestamp() - bundle.dispatched_at)
        if left_s > 0:
            engine.offer(bundle, for_s=min(left_s, dispatch_lease.total_seconds()))

    @celery.task(name=TICK)
    def tick() -> None:
        for actor in ticked:
            run(actor)

    @celery.task(name=PRUNE)
    def prune() -> None:
        run(pruner)

    def run(actor: Actor) -> None:
        try:
            actor.run_once(clock())
        except StoreUnavailableError as error:
            log.warning("store_unavailable", actor=type(actor).__name__, error=str(error))
        except Exception:  # one actor that fails must not keep the others from their work
            log.exception("actor_failed", actor=type(actor).__name__)


def at_once(task: Task, _: Celery, __: Consumer) -> Callable[..., None]:
    """Return what runs `task` where Celery takes its messages in.

    Celery's own way, by a request object and a thread of the pool, costs many times what a task does that
    only hands on.
    """
    log = structlog.get_logger("tasks")

    def take(message: Message, *_: object) -> None:
        try:
            arguments, _, _ = message.payload
            task.run(*arguments)
        except Exception:  # whatever came in there, the next message must be taken
            log.exception("message_refused", task=task.name)

    return take
