"""All batches of a sandbox, and the work on those that have not ended."""

import asyncio
import contextlib
import random
from collections import OrderedDict
from datetime import timedelta

from sandbox.batch import Batch, Item
from sandbox.batch_item import result_of
from sandbox.errors import ApiError
from sandbox.ids import Ids, utc_now
from sandbox.settings import Dials

SLICES = 50
LARGEST_SLICE = 50
MOST_BATCHES = 1_000
ENDING_S = 0.05


class BatchStore:
    """Keeps the newest batches; each is worked on by a task of its own, at the pace of the settings."""

    def __init__(self, *, dials: Dials, ids: Ids) -> None:
        self._dials = dials
        self._ids = ids
        self._batches: OrderedDict[str, Batch] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, items: list[Item], *, account: str, version: str, betas: str) -> Batch:
        """Take a batch in and begin to work on it; raises `ApiError` (429) when the queue is full."""
        now = self._dials.now
        if sum(len(batch.waiting) for batch in self._batches.values()) + len(items) > now.batch_queue:
            raise ApiError(
                429, "Too many batch requests in the processing queue.", headers={"retry-after": "60"}
            )
        created_at = utc_now()
        batch = Batch(
            id=self._ids.make("msgbatch"),
            account=account,
            version=version,
            betas=betas,
            created_at=created_at,
            expires_at=created_at + timedelta(seconds=now.batch_expires_s),
            waiting=items,
            total=len(items),
        )
        self._batches[batch.id] = batch
        if len(self._batches) > MOST_BATCHES:
            self._batches.popitem(last=False)
        task = asyncio.get_running_loop().create_task(self._work(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return batch

    def get(self, batch_id: str, account: str) -> Batch:
        """Return a batch of this account; raises `ApiError` (404)."""
        batch = self._batches.get(batch_id)
        if batch is None or batch.account != account:
            raise ApiError(404, f"Message batch {batch_id} not found")
        self._archive(batch)
        return batch

    def newest_first(self, account: str) -> list[tuple[str, Batch]]:
        """Return the account's batches with their ids."""
        found = [(batch.id, batch) for batch in reversed(self._batches.values()) if batch.account == account]
        for _, batch in found:
            self._archive(batch)
        return found

    def remove(self, batch: Batch) -> None:
        """Forget a batch."""
        self._batches.pop(batch.id, None)

    def _archive(self, batch: Batch) -> None:
        batch.archive(utc_now(), timedelta(seconds=self._dials.now.batch_archive_s))

    async def _work(self, batch: Batch) -> None:
        size = max(1, min(LARGEST_SLICE, batch.total // SLICES))
        pause_s = self._dials.now.batch_s * size / batch.total
        todo, stuck = batch.waiting[::-1], list[Item]()
        while todo and not self._over(batch):
            await asyncio.sleep(pause_s)
            for item in (todo.pop() for _ in range(min(size, len(todo)))):
                result = result_of(item, batch, ids=self._ids, settings=self._dials.now)
                if result is None:
                    stuck.append(item)
                else:
                    batch.settle(item.custom_id, result)
        if stuck and not self._over(batch):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(batch.stopped.wait(), (batch.expires_at - utc_now()).total_seconds())
        await asyncio.sleep(ENDING_S)
        self._finish(batch, [*todo, *stuck])

    @staticmethod
    def _over(batch: Batch) -> bool:
        return batch.cancel_initiated_at is not None or utc_now() >= batch.expires_at

    def _finish(self, batch: Batch, left: list[Item]) -> None:
        kind = "canceled" if batch.cancel_initiated_at is not None else "expired"
        for item in left:
            batch.settle(item.custom_id, {"type": kind})
        random.Random(f"{self._dials.now.seed}:{batch.id}").shuffle(batch.lines)  # noqa: S311  order, not secrecy
        batch.waiting = []
        batch.ended_at = utc_now()
