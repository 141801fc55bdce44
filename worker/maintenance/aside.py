"""Lets a slow actor work beside the ticks instead of in them."""

import threading
from datetime import datetime

import structlog

from jobs.errors import StoreUnavailableError
from worker.maintenance.actor import Actor


class Aside:
    """Runs an actor in a thread of its own; a tick that comes while it works passes it by."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._is_free = threading.Lock()
        self._log = structlog.get_logger("tasks")

    def run_once(self, now: datetime) -> int:
        """Start a pass, if none is under way, and return how many that were."""
        if not self._is_free.acquire(blocking=False):
            return 0
        # A daemon: what it was about is leased, and another worker's once that has lapsed.
        threading.Thread(target=self._run, args=(now,), name=type(self._actor).__name__, daemon=True).start()
        return 1

    def _run(self, now: datetime) -> None:
        try:
            self._actor.run_once(now)
        except StoreUnavailableError as error:
            self._log.warning("store_unavailable", actor=type(self._actor).__name__, error=str(error))
        except Exception:  # noqa: BLE001 - there is nobody above to see it
            self._log.exception("actor_failed", actor=type(self._actor).__name__)
        finally:
            self._is_free.release()
