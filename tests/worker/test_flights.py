import asyncio
from datetime import timedelta

import msgspec
import pytest

from claude.client import ClaudeClient
from jobs.bundle import INTERACTIVE_RANK, OTHER_RANK
from jobs.clock import utc_now
from jobs.job import JobState
from tests.claude.requests_to_send import MESSAGE
from tests.claude.scripted_server import ScriptedServer, reply
from tests.eventually import one_turn_of_the_loop
from tests.factories import an_outcome, stored_batch, the_job
from worker.engine.executor import Executor
from worker.engine.flights import LEAST_AT_STAKE, MOST_IN_TURN, Flights
from worker.limits.lane import Lane
from worker.limits.limiter import Ask
from worker.limits.no_limits import NoLimits
from worker.metrics.counts import Counts

LANE = Lane("account", "sonnet-4")


@pytest.fixture(params=["sqlite"])
def database_url(request):
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def server():
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def fly(server, recorder):
    """Run a scene with flights to the scripted server; what they came to is written afterwards."""

    async def run(scene, is_given_up, slot_count):
        client = ClaudeClient(
            base_url=server.url, api_key="k", call_timeout_s=10, stall_timeout_s=2, max_connections=5
        )
        flights = Flights(
            executor=Executor(client=client, recorder=recorder, clock=utc_now),
            recorder=recorder,
            limiter=NoLimits(),
            slot_count=slot_count,
            clock=utc_now,
            is_given_up=is_given_up,
            on_landed=lambda _: None,
            counts=Counts(),
        )
        await scene(flights)
        await client.aclose()

    def fly(scene, *, is_given_up=lambda: False, slot_count=1):
        asyncio.run(run(scene, is_given_up, slot_count))
        recorder.stop(patience_s=10)

    return fly


async def a_permit():
    [permit] = (await NoLimits().admit(LANE, [Ask(model="m", input_tokens=1)])).permits
    return permit


async def all_landed(flights):
    async with asyncio.timeout(30):
        while len(flights):
            await one_turn_of_the_loop()


def test_a_job_whose_claim_comes_after_the_drain_is_given_back_and_never_called_for(
    store, recorder, server, fly
):
    _, [job_id] = stored_batch(store, 1, expires_at=utc_now() + timedelta(days=1))

    async def scene(flights):
        [job] = await recorder.claim([job_id])
        assert await flights.drain(5) == 0
        flights.start(job, await a_permit(), OTHER_RANK)
        assert len(flights) == 0

    fly(scene)
    found = the_job(store, job_id)
    assert (found.state, found.failures) == (JobState.QUEUED, 0)
    assert server.received == []


def test_what_a_slow_claim_brings_while_others_are_waited_for_is_given_back(store, recorder, server, fly):
    _, ids = stored_batch(store, 2, expires_at=utc_now() + timedelta(days=1))
    server.replies.append(reply(MESSAGE))

    async def scene(flights):
        first, second = await recorder.claim(ids)
        flights.start(first, await a_permit(), OTHER_RANK)
        draining = asyncio.ensure_future(flights.drain(5))
        await one_turn_of_the_loop()
        flights.start(second, await a_permit(), OTHER_RANK)
        assert await draining == 0

    fly(scene)
    assert [the_job(store, job_id).state for job_id in ids] == [JobState.SUCCEEDED, JobState.QUEUED]
    assert len(server.received) == 1


def test_a_job_without_a_slot_starts_when_one_is_free(store, recorder, server, fly):
    _, ids = stored_batch(store, 3, expires_at=utc_now() + timedelta(days=1))
    server.replies.append(reply(MESSAGE))

    async def scene(flights):
        for job in await recorder.claim(ids):
            flights.start(job, await a_permit(), OTHER_RANK)
            assert len(flights) == 1
        await all_landed(flights)

    fly(scene)
    assert [the_job(store, job_id).state for job_id in ids] == [JobState.SUCCEEDED] * 3


def test_none_but_interactive_calls_begin_while_many_outcomes_wait_to_be_written(
    store, recorder, server, fly
):
    _, ids = stored_batch(store, 2, expires_at=utc_now() + timedelta(days=1))
    server.replies.append(reply(MESSAGE))

    async def scene(flights):
        recorder.when_written(flights.go_on, asyncio.get_running_loop())
        [other, urgent] = await recorder.claim(ids)
        with store.write():  # which leaves no turn to the writers
            for n in range(LEAST_AT_STAKE):
                recorder.settle(an_outcome(f"job_{n}"))
            flights.start(other, await a_permit(), OTHER_RANK)
            assert len(flights) == 0
            flights.start(urgent, await a_permit(), INTERACTIVE_RANK)
            assert len(flights) == 1
            await all_landed(flights)
            assert len(server.received) == 1
        async with asyncio.timeout(30):
            while len(server.received) < 2:
                await one_turn_of_the_loop()
        await all_landed(flights)

    fly(scene)
    assert [the_job(store, job_id).state for job_id in ids] == [JobState.SUCCEEDED] * 2
    assert recorder.unwritten == 0


def test_a_few_calls_begin_in_one_turn_of_the_loop_and_the_others_in_the_next(store, recorder, server, fly):
    count = MOST_IN_TURN + 1
    _, ids = stored_batch(store, count, expires_at=utc_now() + timedelta(days=1))
    server.replies.append(reply(MESSAGE))

    async def scene(flights):
        jobs, permits = await recorder.claim(ids), [await a_permit() for _ in ids]
        for job, permit in zip(jobs, permits, strict=True):
            flights.start(job, permit, OTHER_RANK)
        assert len(flights) == MOST_IN_TURN
        await all_landed(flights)

    fly(scene, slot_count=count)
    assert [the_job(store, job_id).state for job_id in ids] == [JobState.SUCCEEDED] * count


def test_a_job_without_a_slot_is_canceled_or_given_back_and_never_called_for(store, recorder, server, fly):
    _, ids = stored_batch(store, 3, expires_at=utc_now() + timedelta(days=1))
    server.replies.append(reply(MESSAGE))

    async def scene(flights):
        for job in await recorder.claim(ids):
            flights.start(job, await a_permit(), OTHER_RANK)
        flights.cancel(ids[1])
        assert await flights.drain(5) == 0

    fly(scene)
    states = [the_job(store, job_id).state for job_id in ids]
    assert states == [JobState.SUCCEEDED, JobState.CANCELED, JobState.QUEUED]
    assert len(server.received) == 1


def test_a_worker_that_was_silent_for_too_long_calls_for_nothing_that_has_not_begun(
    store, recorder, server, fly
):
    _, ids = stored_batch(store, 4, expires_at=utc_now() + timedelta(days=1))
    server.replies.append(reply(MESSAGE))
    silence = []

    async def scene(flights):
        first, *ahead, late = await recorder.claim(ids)
        for job in (first, *ahead):
            flights.start(job, await a_permit(), OTHER_RANK)
        silence.append("as long as a lease")
        await all_landed(flights)
        flights.start(late, await a_permit(), OTHER_RANK)
        assert len(flights) == 0

    fly(scene, is_given_up=lambda: bool(silence))
    found = [the_job(store, job_id) for job_id in ids]
    assert [job.state for job in found] == [JobState.SUCCEEDED, *[JobState.QUEUED] * 3]
    assert [job.failures for job in found] == [0] * 4
    assert len(server.received) == 1


def test_a_worker_that_was_silent_while_a_job_waited_for_its_departure_does_not_call_for_it(
    store, recorder, server, fly
):
    _, [job_id] = stored_batch(store, 1, expires_at=utc_now() + timedelta(days=1))
    server.replies.append(reply(MESSAGE))
    silence = []

    async def scene(flights):
        [job] = await recorder.claim([job_id])
        departs_at = asyncio.get_running_loop().time() + 0.05
        flights.start(job, msgspec.structs.replace(await a_permit(), departs_at=departs_at), OTHER_RANK)
        assert len(flights) == 1
        silence.append("as long as a lease")
        await all_landed(flights)

    fly(scene, is_given_up=lambda: bool(silence))
    found = the_job(store, job_id)
    assert (found.state, found.failures) == (JobState.QUEUED, 0)
    assert server.received == []


def test_of_the_jobs_without_a_slot_the_interactive_ones_start_first(store, recorder, server, fly):
    _, ids = stored_batch(store, 4, expires_at=utc_now() + timedelta(days=1))
    server.replies.append(reply(MESSAGE))

    async def scene(flights):
        ranks = [OTHER_RANK, OTHER_RANK, INTERACTIVE_RANK, INTERACTIVE_RANK]
        for job, rank in zip(await recorder.claim(ids), ranks, strict=True):
            flights.start(job, await a_permit(), rank)
        await all_landed(flights)

    fly(scene)
    ended = sorted((the_job(store, job_id) for job_id in ids), key=lambda job: job.ended_at)
    assert [job.id for job in ended] == [ids[0], ids[2], ids[3], ids[1]]
