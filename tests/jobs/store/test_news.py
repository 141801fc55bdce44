"""What actors and callers move is told to followers, once it is committed."""

from contextlib import closing, suppress
from datetime import timedelta

import msgspec
import pytest
from redis import Redis

from jobs.errors import ConflictError
from jobs.job import JobState
from jobs.news import CHANNEL, News, NewsItem
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.factories import NOW, WORKER, move, stored_batch

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LATER = NOW + timedelta(days=400)
MOVES = {
    "expire": lambda tx, *_: tx.jobs.expire(now=LATER, limit=9),
    "cancel": lambda tx, _, ids: tx.jobs.cancel(ids[0], now=NOW),
    "cancel_batch": lambda tx, batch_id, _: tx.jobs.cancel_batch(batch_id, now=NOW),
    "rescue": lambda tx, *_: tx.jobs.rescue([WORKER], now=NOW),
    "retry": lambda tx, _, ids: tx.jobs.retry(ids, expires_at=LATER),
    "hold": lambda tx, batch_id, _: hold_all(tx, batch_id),
}
BEFORE = {"rescue": JobState.RUNNING, "retry": JobState.ERRORED}


def hold_all(tx, batch_id):
    tx.batches.set_max_cost(batch_id, 0.0)
    [purse] = tx.jobs.purses_to_hold(now=NOW)
    tx.jobs.hold(purse, now=NOW, limit=9)


@pytest.fixture
def heard(valkey_url):
    """Return a function that gives the next news."""
    with Redis.from_url(valkey_url) as redis, redis.pubsub(ignore_subscribe_messages=True) as channel:
        channel.subscribe(CHANNEL)
        channel.get_message(timeout=9)

        def heard():
            return msgspec.json.decode(channel.get_message(timeout=9)["data"], type=NewsItem)

        yield heard


@pytest.mark.parametrize("name", MOVES)
def test_a_move_is_told_when_it_is_committed(store, database_url, valkey_url, heard, name):
    batch_id, ids = stored_batch(store, 1)
    move(store, ids, BEFORE.get(name, JobState.QUEUED))
    with closing(News(valkey_url)) as news, closing(Store(open_engine(database_url), news=news)) as telling:
        with suppress(ConflictError), telling.write() as tx:
            MOVES[name](tx, batch_id, ids)
            raise ConflictError("what is rolled back is not told")
        with telling.write() as tx:
            MOVES[name](tx, batch_id, ids)
        news.announce(jobs=["job_last"])
    assert heard() == NewsItem(jobs=ids, batches=[batch_id])
    assert heard() == NewsItem(jobs=["job_last"])
