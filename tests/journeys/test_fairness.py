"""Ten jobs sent while a large batch drains do not wait for it.

Ten thousand jobs stand for a hundred thousand, which would take minutes: the order does not depend on how
many are left, only on how many may have been handed out before the ten came.
"""

from functools import partial

import pytest
from sqlalchemy import func, select

from jobs.store.connect import open_engine
from jobs.store.tables import batches, jobs
from tests.eventually import until
from worker.maintenance.stager import HORIZON_PER_SLOT

pytestmark = [
    pytest.mark.journey,
    pytest.mark.parametrize(
        "database_url", [pytest.param("sqlite", marks=pytest.mark.long), "postgres"], indirect=True
    ),
]

MANY, FEW = 10_000, 10
SLOTS = 100
LATENCY_MS = 1000  # so that it is slots that bound what is handed out, not the pace nor the way of the ten
HANDED_OUT = 2 * HORIZON_PER_SLOT * SLOTS  # to the worker, or on its way there; and as many again for luck


def has_begun(stack, batch_id):
    return stack.counts(batch_id)["succeeded"] >= 2 * SLOTS


def overtaking(stack, large, small):
    """How many jobs of `large` were started between the arrival of `small` and the start of its last job."""
    engine = open_engine(stack.environment["DATABASE_URL"])
    with engine.connect() as connection:
        came_at = connection.scalar(select(batches.c.created_at).where(batches.c.id == small))
        last_at = connection.scalar(select(func.max(jobs.c.started_at)).where(jobs.c.batch_id == small))
        started = select(func.count()).where(
            jobs.c.batch_id == large, jobs.c.started_at > came_at, jobs.c.started_at < last_at
        )
        count = connection.scalar(started)
    engine.dispose()
    return count


def test_ten_jobs_start_before_all_but_a_handful_of_a_large_batch_that_is_draining(stack):
    stack.environment["PROMPTMILL_CONCURRENCY"] = str(SLOTS)
    stack.start_all("--latency-ms", str(LATENCY_MS))
    large = stack.submit([f"What is {n} + 1?" for n in range(MANY)])
    until(partial(has_begun, stack, large), "the large batch to drain")
    small = stack.submit([f"What is {n} + 2?" for n in range(FEW)])
    stack.wait(small)
    left = MANY - stack.counts(large)["succeeded"]
    assert left > 5 * HANDED_OUT
    assert overtaking(stack, large, small) <= HANDED_OUT
