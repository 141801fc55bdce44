import asyncio

import pytest
import redis
from redis.asyncio import Redis

from claude.answer import TokenUsage
from tests.worker.limits.conversation import LANE
from worker.limits.landing import NOT_SENT
from worker.limits.limiter import Ask, Landed, LimiterUnavailableError, Refusal, RefusalKind
from worker.limits.no_limits import NoLimits
from worker.limits.redis_limiter import RedisLimiter
from worker.limits.script import open_redis

ASKS = [Ask(model="claude-haiku-4-5", input_tokens=10)] * 5
HEADERS = {"anthropic-ratelimit-requests-limit": "60000", "anthropic-ratelimit-requests-remaining": "59999"}
ANSWERED = Landed(usage=TokenUsage(input=10, output=5), headers=HEADERS)


class Fleet:
    """Limiters as processes would have them, closed at the end."""

    def __init__(self, url):
        self.url, self.limiters = url, []

    def limiter(self, name="one", url=None):
        self.limiters.append(RedisLimiter(redis=open_redis(url or self.url), holder=name))
        return self.limiters[-1]

    def run(self, story):
        async def tell():
            try:
                async with asyncio.timeout(30):
                    await story()
            finally:
                for limiter in self.limiters:
                    await limiter.close()

        asyncio.run(tell())


@pytest.fixture
def fleet(valkey_url):
    return Fleet(valkey_url)


async def admitted(limiter, count=1, asks=ASKS):
    """Ask until so many permits are there."""
    permits = []
    while len(permits) < count:
        permits += (await limiter.admit(LANE, asks[: count - len(permits)])).permits
    return permits


def test_what_one_process_learns_all_know(fleet):
    async def story():
        one, other = fleet.limiter("one"), fleet.limiter("other")
        [permit] = await admitted(one)
        assert (await other.admit(LANE, ASKS)).count == 0
        one.landed(permit, ANSWERED)
        assert len(await admitted(other, 50, ASKS * 10)) == 50

    fleet.run(story)


def test_a_refusal_pauses_everyone_without_anyone_asking(fleet):
    async def story():
        one, other = fleet.limiter("one"), fleet.limiter("other")
        [permit] = await admitted(one)
        one.landed(permit, Landed(refusal=Refusal(kind=RefusalKind.RATE, wait_s=60)))
        while (admission := await other.admit(LANE, ASKS)).pause is None:
            assert admission.count <= 1
        assert admission.pause.reason == "rate_limited"

    fleet.run(story)


def test_a_process_that_closes_holds_nothing_any_more(fleet, lanes):
    async def story():
        await admitted(fleet.limiter("one"))
        assert lanes.hgetall(f"{LANE.key}:held") == {b"one": b"1"}

    fleet.run(story)
    assert not lanes.exists(f"{LANE.key}:held")


def test_permits_that_were_handed_back_are_given_back_at_the_latest_on_closing(fleet, lanes):
    async def story():
        limiter = fleet.limiter("one")
        [permit] = await admitted(limiter)
        limiter.landed(permit, NOT_SENT)

    fleet.run(story)
    assert not lanes.exists(f"{LANE.key}:held")


def test_a_server_that_forgot_the_script_is_given_it_again(fleet, lanes):
    async def story():
        limiter = fleet.limiter()
        [permit] = await admitted(limiter)
        lanes.script_flush()
        limiter.landed(permit, ANSWERED)
        assert len(await admitted(limiter)) == 1

    fleet.run(story)


def test_without_redis_nothing_is_admitted_and_one_clear_error_says_so():
    fleet = Fleet("redis://:secret@127.0.0.1:1/0")

    async def story():
        with pytest.raises(LimiterUnavailableError) as caught:
            await fleet.limiter().admit(LANE, ASKS)
        assert "secret" not in str(caught.value)

    fleet.run(story)


def test_a_server_that_refuses_the_script_is_the_same_error(fleet, lanes):
    async def story():
        limiter = fleet.limiter()
        lanes.set(LANE.key, "this is no state")
        with pytest.raises(LimiterUnavailableError):
            await limiter.admit(LANE, ASKS)
        lanes.delete(LANE.key)
        assert len(await admitted(limiter)) == 1

    fleet.run(story)


def test_what_lands_while_redis_is_away_is_taken_in_silence(fleet, lanes):
    async def story():
        limiter = fleet.limiter()
        [permit] = await admitted(limiter)
        lanes.set(LANE.key, "this is no state")
        limiter.landed(permit, ANSWERED)
        with pytest.raises(LimiterUnavailableError):
            await limiter.admit(LANE, ASKS)
        lanes.flushall()
        assert len(await admitted(limiter, 20, ASKS * 4)) == 20

    fleet.run(story)


@pytest.mark.parametrize("scheme", ["redis", "valkey"])
def test_every_name_for_a_plain_connection_will_do(fleet, scheme):
    async def story():
        limiter = fleet.limiter(url=fleet.url.replace("redis", scheme, 1))
        assert len(await admitted(limiter)) == 1

    fleet.run(story)


@pytest.mark.parametrize("scheme", ["rediss", "valkeys"])
def test_every_name_for_an_encrypted_connection_will_do(scheme):
    client = open_redis(f"{scheme}://127.0.0.1:6380/0")
    assert client.connection_pool.connection_class is redis.asyncio.SSLConnection


def test_a_socket_in_the_file_system_will_do():
    client = open_redis("unix:///run/valkey.sock?db=2")
    assert isinstance(client, Redis)
    assert client.connection_pool.connection_kwargs["path"] == "/run/valkey.sock"


def test_without_limits_everything_is_admitted():
    async def story():
        limiter = NoLimits()
        admission = await limiter.admit(LANE, ASKS)
        assert (admission.count, admission.wait_s, admission.pause) == (5, 0.0, None)
        limiter.landed(admission.permits[0], ANSWERED)
        await limiter.close()

    asyncio.run(story())
