import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from jobs.bundle import BundleItem
from jobs.clock import utc_now
from tests.factories import stored_batch
from worker.engine.admission import Admission
from worker.engine.slots import Slots
from worker.limits.no_limits import NoLimits
from worker.metrics.counts import Counts

HOUR_S = 3_600.0


class OneAnHour(NoLimits):
    """Admits one call, and tells the others to come back in an hour; handed back, the leave is free again."""

    async def admit(self, lane, asks):
        return replace(await super().admit(lane, asks[:1]), wait_s=HOUR_S)


@pytest.fixture(params=["sqlite"])
def database_url(request):
    return request.getfixturevalue(f"{request.param}_url")


def item(job_id, place):
    return BundleItem(job_id=job_id, model="claude-haiku-5-5", rank=1, vstart=place, input_tokens=1)


def an_admission(recorder, *, slots):
    return Admission(slots=slots, recorder=recorder, limiter=OneAnHour(), account="account", counts=Counts())


def test_leave_for_a_job_that_another_worker_has_goes_to_the_next_at_once(store, recorder):
    _, [taken, free] = stored_batch(store, 2, expires_at=utc_now() + timedelta(days=1))
    with store.write() as tx:
        tx.jobs.claim([taken], worker_id="worker_other", now=utc_now())
    started = []

    async def scene():
        begun = asyncio.Event()

        def start(job, _permit, _rank):
            started.append(job.id)
            begun.set()

        admission = an_admission(recorder, slots=Slots(10))
        running = asyncio.create_task(admission.run(start))
        admission.offer([item(taken, 1.0), item(free, 2.0)], HOUR_S)
        async with asyncio.timeout(30):
            await begun.wait()
        running.cancel()
        await asyncio.wait([running])

    asyncio.run(scene())
    assert started == [free]


@pytest.mark.parametrize(("for_s", "is_hungry"), [(HOUR_S, False), (-1.0, True)])
def test_a_worker_whose_backlog_has_lapsed_is_hungry_again(recorder, for_s, is_hungry):
    async def scene():
        admission = an_admission(recorder, slots=Slots(1))
        admission.offer([item("job_1", 1.0)], for_s)
        return admission.is_hungry(soon=0)

    assert asyncio.run(scene()) is is_hungry


def test_a_worker_in_full_use_is_hungry_before_what_it_holds_runs_out(recorder):
    async def scene():
        slots = Slots(1)
        admission = an_admission(recorder, slots=slots)
        slots.take(1)
        admission.offer([item(f"job_{n}", n) for n in range(5)], HOUR_S)
        return [admission.is_hungry(soon=soon) for soon in (0, 5, 6)]

    assert asyncio.run(scene()) == [False, False, True]
