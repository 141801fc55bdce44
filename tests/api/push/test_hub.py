"""Followers of jobs: what they are told, in which order, and from where on."""

import asyncio

import pytest

from api.push.events import Ended, Moved, Pieces, Position, Reset
from api.push.hub import Hub
from jobs.errors import NotFoundError
from jobs.job import JobState
from jobs.news import News
from tests.api.push.conftest import DELTA
from tests.factories import a_failure, an_outcome, move, stored_batch

NOBODY = "redis://127.0.0.1:1/0"


def told(store, job_id, *, redis_url=NOBODY, until=Ended, then=lambda: None, **wishes):
    """Return the events up to the first `until`; `then` is called once the first event has come."""

    async def main():
        found: list[object] = []
        async with Hub(store=store, redis_url=redis_url) as hub, hub.follow(job_id, **wishes) as events:
            async for event in events:
                if not found:
                    await asyncio.to_thread(then)
                found.append(event)
                if isinstance(event, until):
                    break
        return found

    return asyncio.run(asyncio.wait_for(main(), 30))


def test_one_who_comes_late_gets_all_from_the_start_and_then_the_end(store, job, write, settle):
    write(*range(1, 46))
    settle(an_outcome(job.id))
    *pieces, end = told(store, job.id)
    assert pieces == [Pieces(1, seq, f"[{DELTA}, {DELTA}]") for seq in range(1, 46)]
    assert (end.job.id, end.job.state) == (job.id, JobState.SUCCEEDED)


def test_one_who_comes_back_gets_what_followed(store, job, write, settle):
    write(1, 2, 3)
    settle(an_outcome(job.id))
    [piece, _] = told(store, job.id, after=Position(1, 2))
    assert piece.seq == 3


def test_one_who_wants_no_pieces_is_told_of_the_moves_and_the_end(store, job, write, settle):
    write(1, 2)

    def fail_and_run_again():
        settle(a_failure(job.id, state=JobState.QUEUED, run_at=None))
        write(1, attempt=2)
        settle(an_outcome(job.id, attempt=2))

    first, *_, end = events = told(store, job.id, pieces=False, then=fail_and_run_again)
    assert {type(event) for event in events} == {Moved, Ended}
    assert (first.job.state, end.job.state) == (JobState.RUNNING, JobState.SUCCEEDED)


def test_a_new_attempt_begins_with_a_reset(store, job, write, settle):
    write(1, 2)

    def fail_and_run_again():
        settle(a_failure(job.id, state=JobState.QUEUED, run_at=None))
        write(1, attempt=2)
        settle(an_outcome(job.id, attempt=2))

    events = told(store, job.id, then=fail_and_run_again)
    pieces_and_resets = [event for event in events if isinstance(event, Pieces | Reset)]
    assert [type(event) for event in pieces_and_resets] == [Pieces, Pieces, Reset, Pieces]
    assert pieces_and_resets[2] == Reset(2)
    assert pieces_and_resets[3].attempt == 2


def test_news_of_the_broker_wake_a_follower(store, job, write, valkey_url):
    news = News(valkey_url)

    def run_it():
        write(1)
        news.announce(jobs=[job.id])

    events = told(store, job.id, redis_url=valkey_url, until=Pieces, then=run_it)
    assert [type(event) for event in events] == [Moved, Pieces]
    news.close()


def test_without_a_broker_a_follower_looks_now_and_then(store, job, write):
    events = told(store, job.id, until=Pieces, then=lambda: write(1))
    assert [type(event) for event in events] == [Moved, Pieces]


def test_news_for_a_broker_that_is_away_are_no_error():
    News(NOBODY).announce(jobs=["job_1"], batches=["batch_1"])


@pytest.mark.parametrize("pieces", [True, False])
def test_there_is_no_following_a_job_that_does_not_exist(store, pieces):
    with pytest.raises(NotFoundError):
        told(store, "job_0000000000000000000000000", pieces=pieces)


def test_waiting_for_an_end_stops_in_time_or_with_the_end(store, job, write, settle):
    async def ended():
        async with Hub(store=store, redis_url=NOBODY) as hub:
            before = await hub.ended(job.id, timeout_s=0.1)
            await asyncio.to_thread(write)
            await asyncio.to_thread(settle, an_outcome(job.id))
            return before, await hub.ended(job.id, timeout_s=20)

    assert asyncio.run(ended()) == (False, True)


def test_many_followers_are_each_told_of_their_own_place(store, job, write, settle):
    write(*range(1, 31))
    settle(an_outcome(job.id))

    async def seqs(hub, after):
        async with hub.follow(job.id, after=Position(1, after)) as events:
            return [event.seq async for event in events if isinstance(event, Pieces)]

    async def main():
        async with Hub(store=store, redis_url=NOBODY) as hub:
            return await asyncio.gather(*(seqs(hub, after) for after in range(31)))

    assert asyncio.run(main()) == [[*range(after + 1, 31)] for after in range(31)]


def test_a_batch_is_told_of_when_it_changes_and_the_last_time_when_it_has_ended(store):
    batch_id, [first, second] = stored_batch(store, 2)

    async def main():
        counts = []
        async with Hub(store=store, redis_url=NOBODY) as hub, hub.watch(batch_id) as events:
            async for event in events:
                counts.append(event.batch.counts.ended)
                await asyncio.to_thread(move, store, [(first, second)[len(counts) > 1]], JobState.SUCCEEDED)
        return counts

    assert asyncio.run(asyncio.wait_for(main(), 30)) == [0, 1, 2]
