"""Events of a stream on their way into SQL, and the news of them."""

import asyncio
import json
from contextlib import closing
from datetime import timedelta

import pytest
from redis import Redis

from claude.events import read_event
from jobs.clock import utc_now
from jobs.news import CHANNEL, News
from tests.eventually import until
from tests.factories import an_outcome, stored_batch
from tests.worker.claiming import claim
from worker.engine.chunker import LARGEST, Chunker
from worker.engine.recorder import Recorder

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def queued(store):
    """Return a batch and its one job."""
    batch_id, [job_id] = stored_batch(store, 1, stream=True, expires_at=utc_now() + timedelta(days=1))
    return batch_id, job_id


@pytest.fixture
def claimed(store, register, queued):
    """Return a running job."""
    with store.write() as tx:
        return tx.jobs.claim([queued[1]], worker_id=register.worker_id, now=utc_now())[0]


def events(count):
    return [read_event(f'{{"type": "ping", "n": {n}}}') for n in range(count)]


def chunks(store, job_id):
    with store.read() as tx:
        return [json.loads(chunk.data) for chunk in tx.chunks.read_since(job_id, 1, 0, 99)]


def test_what_comes_first_is_handed_on_at_once_and_what_follows_it_together(store, recorder, claimed):
    async def main():
        async with Chunker(claimed, recorder.append) as chunker:
            chunker.add(events(1)[0])
            await asyncio.to_thread(until, lambda: chunks(store, claimed.id), "the first chunk")
            chunker.flush()
            for event in events(3):
                chunker.add(event)
            await asyncio.to_thread(until, lambda: len(chunks(store, claimed.id)) > 1, "the next chunk")

    asyncio.run(main())
    assert list(map(len, chunks(store, claimed.id))) == [1, 3]


def test_a_chunk_has_a_largest_size_and_the_last_one_is_not_forgotten(store, recorder, claimed):
    async def main():
        async with Chunker(claimed, recorder.append) as chunker:
            for event in events(LARGEST + 7):
                chunker.add(event)

    asyncio.run(main())
    until(lambda: len(chunks(store, claimed.id)) == 2, "both chunks")
    assert [piece["n"] for chunk in chunks(store, claimed.id) for piece in chunk] == [*range(LARGEST + 7)]


def test_news_name_the_jobs_and_batches_that_were_written(store, register, queued, valkey_url):
    with closing(Redis.from_url(valkey_url)) as redis, closing(News(valkey_url)) as news:
        channel = redis.pubsub(ignore_subscribe_messages=True)
        channel.subscribe(CHANNEL)
        until(lambda: redis.pubsub_numsub(CHANNEL)[0][1], "the subscription")
        recorder = Recorder(store=store, register=register, clock=utc_now, news=news)
        recorder.start()
        assert len(claim(recorder, [queued[1]])) == 1
        recorder.settle(an_outcome(queued[1]))
        told = until(lambda: channel.get_message(timeout=1), "the news")
        recorder.stop(patience_s=5)
        channel.close()
    batch_id, job_id = queued
    assert json.loads(told["data"]) == {"jobs": [job_id], "batches": [batch_id]}
