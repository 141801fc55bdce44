"""Brings due deliveries to their webhooks."""

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog

from jobs.errors import StoreUnavailableError
from jobs.store.store import Store
from jobs.webhooks.delivery import ClaimedDelivery, DeliveryOutcome
from worker.metrics.counts import Counts
from worker.webhooks.schedule import next_attempt_at
from worker.webhooks.sender import Answer, Sender

LEASE = timedelta(
    seconds=60
)  # well over a sender's timeout: then the attempt was cut off, and another is made
AT_ONCE = 50  # deliveries under way
MOST_ROUNDS = 20  # in one pass


class Deliverer:
    """Sends what is due; each delivery is leased first, so two of these never send the same one at once."""

    def __init__(self, *, store: Store, sender: Sender, counts: Counts | None = None) -> None:
        self._store = store
        self._sender = sender
        self._counts = counts or Counts()
        self._jitter = random.Random()  # noqa: S311 - spreads retries, guards nothing
        self._log = structlog.get_logger("webhooks")

    def run_once(self, now: datetime) -> int:
        """Make one attempt at everything due; return how many that were; raises `StoreUnavailableError`."""
        begun = time.monotonic()
        total = 0
        for _ in range(MOST_ROUNDS):
            claimed = self._claim(now + timedelta(seconds=time.monotonic() - begun))
            if claimed:
                with asyncio.Runner() as runner:
                    runner.run(self._send_all(claimed, now, begun))
            total += len(claimed)
            if len(claimed) < AT_ONCE:
                break
        return total

    def _claim(self, now: datetime) -> list[ClaimedDelivery]:
        with self._store.read() as tx:
            is_any_due = tx.deliveries.is_any_due(now)
        if not is_any_due:
            return []
        if not self._sender.can_sign:
            self._log.warning("webhooks_unsigned", hint="set PROMPTMILL_WEBHOOK_SECRET for this worker, too")
            return []
        with self._store.write() as tx:
            return tx.deliveries.claim(now=now, lease=LEASE, limit=AT_ONCE)

    async def _send_all(self, claimed: list[ClaimedDelivery], now: datetime, begun: float) -> None:
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="lookup") as pool:
            asyncio.get_running_loop().set_default_executor(pool)
            await asyncio.gather(*(self._send(delivery, now, begun) for delivery in claimed))

    async def _send(self, delivery: ClaimedDelivery, now: datetime, begun: float) -> None:
        answer = await self._sender.send(delivery)
        ended_at = now + timedelta(seconds=time.monotonic() - begun)
        outcome = self._outcome(delivery, answer, ended_at)
        self._counts.tell(is_delivered=outcome.is_delivered)
        if answer.error is not None:
            self._log.warning(
                "webhook_failed", delivery_id=delivery.id, attempt=delivery.attempt, error=answer.error
            )
        try:
            with self._store.write() as tx:
                tx.deliveries.settle([outcome])
        except StoreUnavailableError as error:
            # It will be sent again under the same id, by which receivers tell.
            self._log.warning("webhook_unrecorded", delivery_id=delivery.id, error=str(error))

    def _outcome(self, delivery: ClaimedDelivery, answer: Answer, ended_at: datetime) -> DeliveryOutcome:
        next_at = None
        if answer.error is not None:
            next_at = next_attempt_at(
                ended_at,
                failures=delivery.failures + 1,
                status=answer.status,
                retry_after=answer.retry_after,
                jitter=self._jitter,
            )
        return DeliveryOutcome(
            delivery_id=delivery.id,
            attempt=delivery.attempt,
            ended_at=ended_at,
            status=answer.status,
            error=answer.error,
            next_at=next_at,
        )
