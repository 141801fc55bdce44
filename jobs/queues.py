"""The broker's queue names; no other file spells one."""

from enum import StrEnum


class Queue(StrEnum):
    """A Celery queue; each is consumed by every worker."""

    INTERACTIVE = "interactive"
    """Bundles of jobs that somebody is waiting for: they never stand behind a batch."""
    BUNDLES = "bundles"
    """Bundles of all other jobs."""
    MAINTENANCE = "maintenance"
    """Beat's ticks: stage, rescue, expire, prune."""


RUN_BUNDLE = "promptmill.run_bundle"
"""The Celery task that hands a bundle to the engine."""
TICK = "promptmill.tick"
"""The Celery task that runs each maintenance actor once; sent by beat, and by whoever knows of new work."""
PRUNE = "promptmill.prune"
"""The Celery task that deletes what is past its retention."""
