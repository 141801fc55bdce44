"""The clock: a process that ticks, and the workers do the work."""

from datetime import timedelta

from celery import Celery

from jobs.celery_app import make_celery
from jobs.queues import PRUNE, TICK, Queue
from jobs.settings import Settings
from worker.logs import log_for_celery

TICK_EVERY = timedelta(seconds=1)
PRUNE_EVERY = timedelta(minutes=10)


def run_beat(settings: Settings) -> int:
    """Tick until told to stop; return the exit code."""
    log_for_celery(settings)
    _make_beat_app(settings).Beat(scheduler_cls="celery.beat:Scheduler", quiet=True).run()
    return 0


def _make_beat_app(settings: Settings) -> Celery:
    celery = make_celery(settings)
    celery.conf.beat_schedule = {
        "tick": {"task": TICK, "schedule": TICK_EVERY, "options": _to_maintenance(TICK_EVERY)},
        "prune": {"task": PRUNE, "schedule": PRUNE_EVERY, "options": _to_maintenance(PRUNE_EVERY)},
    }
    return celery


def _to_maintenance(every: timedelta) -> dict[str, object]:
    # A tick that nobody took in time is void: the next one says the same.
    return {"queue": Queue.MAINTENANCE.value, "expires": every.total_seconds() * 5}
