import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from jobs.bundle import INTERACTIVE_RANK, OTHER_RANK, BundleItem
from jobs.clock import utc_now
from tests.eventually import one_turn_of_the_loop
from tests.factories import stored_batch
from worker.engine.admission import Admission
from worker.engine.slots import Slots
from worker.limits.lane import lane_of
from worker.limits.no_limits import NoLimits
from worker.metrics.counts import Counts

HOUR_S = 3_600.0
HOLD_ATTEMPT = "INSERT INTO attempts (job_id, attempt, worker_id, started_at) VALUES (%s, 1, '', now())"


class OneAnHour(NoLimits):
    """Admits one call, and tells the others to come back in an hour; handed back, the leave is free again."""

    async def admit(self, lane, asks):
        return replace(await super().admit(lane, asks[:1]), wait_s=HOUR_S)


class WithRoomForUrgentClaims(Slots):
    """Says of other claims that they are not worth one, until it is told that they are."""

    is_worth_it = False

    def may_claim(self, *, is_urgent):
        return is_urgent or self.is_worth_it


@pytest.fixture(params=["sqlite"])
def database_url(request):
    return request.getfixturevalue(f"{request.param}_url")


def item(job_id, place, *, rank=OTHER_RANK):
    return BundleItem(job_id=job_id, model="claude-haiku-5-5", rank=rank, vstart=place, input_tokens=1)


def an_admission(recorder, *, slots, limiter=None):
    return Admission(
        slots=slots,
        recorder=recorder,
        limiter=limiter or OneAnHour(),
        account="account",
        counts=Counts(),
    )


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


def test_a_claim_waits_until_it_is_worth_one_but_not_for_interactive_jobs(store, recorder):
    _, [first, second, urgent] = stored_batch(store, 3, expires_at=utc_now() + timedelta(days=1))

    async def scene():
        slots, started = WithRoomForUrgentClaims(3), asyncio.Queue()
        admission = an_admission(recorder, slots=slots, limiter=NoLimits())
        admitting = asyncio.create_task(admission.run(lambda job, _permit, _rank: started.put_nowait(job.id)))
        async with asyncio.timeout(30):
            admission.offer([item(first, 1.0), item(second, 2.0)], HOUR_S)
            admission.offer([item(urgent, 3.0, rank=INTERACTIVE_RANK)], HOUR_S)
            assert await started.get() == urgent
            slots.is_worth_it = True
            admission.slot_freed(lane_of("account", "claude-haiku-5-5"))
            assert [await started.get() for _ in range(2)] == [first, second]
        admitting.cancel()
        await asyncio.wait([admitting])

    asyncio.run(scene())


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_an_interactive_job_does_not_wait_for_the_claims_of_others(store, recorder, database_url):
    _, [*others, urgent] = stored_batch(store, 3, expires_at=utc_now() + timedelta(days=1))

    async def scene():
        slots, started = Slots(10), asyncio.Queue()
        admission = an_admission(recorder, slots=slots, limiter=NoLimits())
        admitting = asyncio.create_task(admission.run(lambda job, _permit, _rank: started.put_nowait(job.id)))
        async with asyncio.timeout(30):
            with psycopg.connect(database_url) as connection:  # has what the claim of the first must wait for
                connection.execute(HOLD_ATTEMPT, [others[0]])
                for count, job_id in enumerate(others, start=1):
                    admission.offer([item(job_id, 1.0)], HOUR_S)
                    while slots.taken < count:
                        await one_turn_of_the_loop()
                admission.offer([item(urgent, 2.0, rank=INTERACTIVE_RANK)], HOUR_S)
                assert await started.get() == urgent
                connection.rollback()
            assert {await started.get() for _ in others} == {*others}
        admitting.cancel()
        await asyncio.wait([admitting])

    asyncio.run(scene())
