"""Followers of jobs: what they are told, in which order, and from where on."""

import asyncio

import pytest

from api.push.events import Ended, Moved, Pieces, Position, Reset
from api.push.hub import Hub
from jobs.chunk import NewChunk
from jobs.clock import utc_now
from jobs.errors import NotFoundError
from jobs.job import JobState
from jobs.news import News
from tests.factories import WORKER, a_failure, a_new_job, an_outcome

NOBODY = "redis://127.0.0.1:1/0"
DELTA = '{"type": "content_block_delta", "index": 0}'


@pytest.fixture
def job(store):
    new = a_new_job(stream=True)
    with store.write() as tx:
        tx.jobs.add_many([new], dispatched_at=None)
    return new


def told(store, job_id, *, redis_url=NOBODY, after=None, until=Ended, then=lambda: None):
    """Return the events up to the first `until`; `then` is called once the first event has come."""

    async def main():
        found: list[object] = []
        async with Hub(store=store, redis_url=redis_url) as hub, hub.follow(job_id, after=after) as events:
            async for event in events:
                if not found:
                    await asyncio.to_thread(then)
                found.append(event)
                if isinstance(event, until):
                    break
        return found

    return asyncio.run(asyncio.wait_for(main(), 30))


def run(store, job, *seqs, attempt=1):
    with store.write() as tx:
        tx.jobs.claim([job.id], worker_id=WORKER, now=utc_now())
        data = f"[{DELTA}, {DELTA}]"
        tx.chunks.append_many([NewChunk(job_id=job.id, attempt=attempt, seq=seq, data=data) for seq in seqs])


def settle(store, outcome):
    with store.write() as tx:
        assert tx.jobs.settle([outcome])


def test_one_who_comes_late_gets_all_from_the_start_and_then_the_end(store, job):
    run(store, job, *range(1, 46))
    settle(store, an_outcome(job.id))
    *pieces, end = told(store, job.id)
    assert pieces == [Pieces(1, seq, [DELTA, DELTA]) for seq in range(1, 46)]
    assert (end.job.id, end.job.state) == (job.id, JobState.SUCCEEDED)


def test_one_who_comes_back_gets_what_followed(store, job):
    run(store, job, 1, 2, 3)
    settle(store, an_outcome(job.id))
    [piece, _] = told(store, job.id, after=Position(1, 2))
    assert piece.seq == 3


def test_a_new_attempt_begins_with_a_reset(store, job):
    run(store, job, 1, 2)

    def fail_and_run_again():
        settle(store, a_failure(job.id, state=JobState.QUEUED, run_at=None))
        run(store, job, 1, attempt=2)
        settle(store, an_outcome(job.id, attempt=2))

    events = told(store, job.id, then=fail_and_run_again)
    pieces_and_resets = [event for event in events if isinstance(event, Pieces | Reset)]
    assert [type(event) for event in pieces_and_resets] == [Pieces, Pieces, Reset, Pieces]
    assert pieces_and_resets[2] == Reset(2)
    assert pieces_and_resets[3].attempt == 2


def test_news_of_the_broker_wake_a_follower(store, job, valkey_url):
    news = News(valkey_url)

    def run_it():
        run(store, job, 1)
        news.announce(jobs=[job.id])

    events = told(store, job.id, redis_url=valkey_url, until=Pieces, then=run_it)
    assert [type(event) for event in events] == [Moved, Pieces]
    news.close()


def test_without_a_broker_a_follower_looks_now_and_then(store, job):
    events = told(store, job.id, until=Pieces, then=lambda: run(store, job, 1))
    assert [type(event) for event in events] == [Moved, Pieces]


def test_news_for_a_broker_that_is_away_are_no_error():
    News(NOBODY).announce(jobs=["job_1"], batches=["batch_1"])


def test_there_is_no_following_a_job_that_does_not_exist(store):
    with pytest.raises(NotFoundError):
        told(store, "job_0000000000000000000000000")


def test_waiting_for_an_end_stops_in_time_or_with_the_end(store, job):
    async def ended():
        async with Hub(store=store, redis_url=NOBODY) as hub:
            before = await hub.ended(job.id, timeout_s=0.1)
            await asyncio.to_thread(run, store, job)
            await asyncio.to_thread(settle, store, an_outcome(job.id))
            return before, await hub.ended(job.id, timeout_s=20)

    assert asyncio.run(ended()) == (False, True)
