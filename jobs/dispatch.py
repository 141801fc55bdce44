"""Ids on their way to a worker: bundles are published here, after the rows they speak of are committed."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from jobs.bundle import BUNDLE_SIZE, INTERACTIVE_RANK, Bundle, BundleItem, encode_bundle
from jobs.clock import Clock
from jobs.queues import RUN_BUNDLE, TICK, Queue

BROKER_ERRORS = (OperationalError, RedisError, OSError)
REPUBLISH = {"max_retries": 1, "interval_start": 0, "interval_step": 0}  # once, for a connection gone stale
RETRY_S = 0.5  # between tries to publish what could not be
PATIENCE_S = 5.0  # for which it is tried: half as long as it takes the stager to miss it
MOST_PENDING = 1000  # posts; past that the stager's next pass is as good

Message = tuple[str, Queue, tuple[str, ...]]
"""A task's name, its queue, its arguments."""


class Dispatcher:
    """Publishes bundles and ticks; a broker that is down is logged and never an error of the caller's.

    What could not be published is not lost: the rows are in SQL, and the stager sends them again.
    """

    def __init__(self, *, celery: Celery, clock: Clock) -> None:
        self._celery = celery
        self._clock = clock
        self._log = structlog.get_logger("dispatch")
        self._background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dispatch")
        self._pending = 0
        self._is_closing = Event()

    def send(self, items: Sequence[BundleItem]) -> bool:
        """Publish `items` in bundles, each to its queue; return whether the broker took them all."""
        return self._publish(self._messages(items))

    def post(self, items: Sequence[BundleItem]) -> None:
        """Publish `items` in the background, so that a slow broker does not hold up the caller.

        Where it cannot be reached it is tried again for a few seconds: somebody may wait.
        """
        messages = self._messages(items)
        self._in_background(lambda: self._publish_patiently(messages))

    def post_tick(self) -> None:
        """Ask any worker, in the background, to look for staged work now instead of in a moment."""
        self._in_background(lambda: self._publish([(TICK, Queue.MAINTENANCE, ())]))

    def close(self) -> None:
        """Wait for what is being published, then let the connections go."""
        self._is_closing.set()
        self._background.shutdown(wait=True, cancel_futures=True)
        self._celery.close()

    def _messages(self, items: Sequence[BundleItem]) -> list[Message]:
        now = self._clock().timestamp()
        return [
            (RUN_BUNDLE, queue, (encode_bundle(Bundle(items=bundle, dispatched_at=now)),))
            for queue, bundle in bundles(items)
        ]

    def _publish_patiently(self, messages: Sequence[Message]) -> None:
        until = monotonic() + PATIENCE_S
        while not self._publish(messages) and monotonic() < until:
            if self._is_closing.wait(RETRY_S):
                return

    def _in_background(self, publish: Callable[[], object]) -> None:
        if self._pending >= MOST_PENDING:
            return
        self._pending += 1

        def run() -> None:
            try:
                publish()
            finally:
                self._pending -= 1

        self._background.submit(run)

    def _publish(self, messages: Sequence[Message]) -> bool:
        try:
            with self._celery.producer_pool.acquire(block=True) as producer:
                for task, queue, arguments in messages:
                    self._celery.send_task(
                        task,
                        args=arguments,
                        queue=queue.value,
                        producer=producer,
                        retry=True,
                        retry_policy=REPUBLISH,
                    )
        except BROKER_ERRORS as error:
            self._log.warning("broker_unreachable", error=type(error).__name__, messages=len(messages))
            return False
        return True


def bundles(items: Sequence[BundleItem]) -> Iterator[tuple[Queue, list[BundleItem]]]:
    """Split `items` by queue and size: an interactive job travels alone, the others by the hundred."""
    for item in items:
        if item.rank == INTERACTIVE_RANK:
            yield Queue.INTERACTIVE, [item]
    others = [item for item in items if item.rank != INTERACTIVE_RANK]
    for start in range(0, len(others), BUNDLE_SIZE):
        yield Queue.BUNDLES, others[start : start + BUNDLE_SIZE]
