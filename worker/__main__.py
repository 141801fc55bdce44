"""`python -m worker` runs a worker, `python -m worker beat` its clock; settings come from the environment."""

import logging
import os
import sys
import threading
import warnings

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import setup_logging

from jobs.errors import PromptmillError, SettingError
from jobs.log import configure_logging
from jobs.settings import read_settings
from jobs.store.migrate import current
from worker.app import make_beat_app, make_worker_app
from worker.metrics.collector import WorkerCollector
from worker.metrics.counts import Counts
from worker.metrics.server import serving

MAINTENANCE_THREADS = 4  # tasks only hand on: they need no more
FAILED = 1
BAD_USAGE = 2


def main(arguments: list[str]) -> int:
    """Run until told to stop; return the exit code: 2 for a bad setting, 1 for a failed start."""
    if arguments not in ([], ["beat"]):
        sys.stderr.write(f"python -m worker takes nothing, or `beat`; not {' '.join(arguments)!r}\n")
        return BAD_USAGE
    try:
        settings = read_settings(os.environ)
        configure_logging(settings.log_format)
        # Celery asks for a receiver before it leaves logging alone.
        setup_logging.connect(_leave_logging_alone)
        if arguments == ["beat"]:
            return _run_beat(make_beat_app(settings))
        counts = Counts()
        celery = make_worker_app(settings, counts)
        _check_tables(settings.database_url)
        collector = WorkerCollector(counts, slot_count=settings.concurrency)
        with serving(collector, host=settings.metrics_host, port=settings.metrics_port):
            return _run_worker(celery)
    except SettingError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_USAGE
    except PromptmillError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED


def _check_tables(database_url: str) -> None:
    """Raise `PromptmillError` if the database is away or empty: Celery would bury it in tracebacks."""
    if current(database_url) is None:
        raise PromptmillError("the database has no tables yet: run `promptmill db upgrade`, then start again")


def _run_worker(celery: Celery) -> int:
    # It warns root of unpickling what others send; only JSON is accepted here.
    warnings.simplefilter("ignore", SecurityWarning)
    worker = celery.Worker(
        pool="threads",
        concurrency=MAINTENANCE_THREADS,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    code = int(worker.exitcode or 0)
    if any(thread.is_alive() for thread in threading.enumerate() if thread is not threading.main_thread()):
        # One hangs in a driver, and the interpreter would wait for it; all that matters is written by now.
        logging.shutdown()
        os._exit(code)
    return code


def _run_beat(celery: Celery) -> int:
    celery.Beat(scheduler_cls="celery.beat:Scheduler", quiet=True).run()
    return 0


def _leave_logging_alone(**_: object) -> None:
    """Celery's loggers propagate to the root, which is ours."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
