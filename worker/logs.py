"""Logging of a process that Celery runs in."""

from celery.signals import setup_logging

from jobs.log import configure_logging
from jobs.settings import Settings


def log_for_celery(settings: Settings) -> None:
    """Log as all our processes do, and keep Celery from changing that."""
    configure_logging(settings.log_format)
    # Celery asks for a receiver before it leaves logging alone.
    setup_logging.connect(_leave_logging_alone)


def _leave_logging_alone(**_: object) -> None:
    """Celery's loggers propagate to the root, which is ours."""
