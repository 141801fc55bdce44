"""Runs a worker process from its settings to its exit code."""

import logging
import os
import sys
import threading
import warnings

from celery import Celery
from celery.platforms import SecurityWarning

from claude.prices import load_prices
from jobs.errors import PromptmillError
from jobs.garbage import collect_rarely
from jobs.settings import Settings
from jobs.store.revision import current
from worker.app import make_worker_app
from worker.logs import log_for_celery
from worker.metrics.collector import WorkerCollector
from worker.metrics.counts import Counts
from worker.metrics.server import serving

MAINTENANCE_THREADS = 4  # tasks only hand on: they need no more
SWITCH_INTERVAL_S = 0.0003
"""The recorder wants the interpreter after each answer of the database: at Python's own 5 ms the engine's
loop would keep it waiting for as long as a transaction takes."""


def run_worker(settings: Settings) -> int:
    """Run until told to stop; return the exit code. Raises `SettingError`, or another `PromptmillError`."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    log_for_celery(settings)
    load_prices()
    counts = Counts()
    celery = make_worker_app(settings, counts)
    _check_tables(settings.database_url)
    collector = WorkerCollector(counts, slot_count=settings.concurrency)
    with serving(collector, host=settings.metrics_host, port=settings.metrics_port):
        return _run(celery)


def _check_tables(database_url: str) -> None:
    """Raise `PromptmillError` if the database is away or empty: Celery would bury it in tracebacks."""
    if current(database_url) is None:
        raise PromptmillError("the database has no tables yet: run `promptmill db upgrade`, then start again")


def _run(celery: Celery) -> int:
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
    collect_rarely()
    worker.start()
    code = int(worker.exitcode or 0)
    if any(thread.is_alive() for thread in threading.enumerate() if thread is not threading.main_thread()):
        # One hangs in a driver, and the interpreter would wait for it; all that matters is written by now.
        logging.shutdown()
        os._exit(code)
    return code
