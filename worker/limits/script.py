"""The lane's script in Redis: loads it, runs it, and translates what can go wrong."""

from importlib.resources import files

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from jobs.settings import redis_py_url
from worker.limits.exchange import Message, Reply, decode_reply, encode_message
from worker.limits.lane import Lane
from worker.limits.limiter import LimiterUnavailableError

PARTS = ("constants", "buckets", "pauses", "concurrency", "learning", "admitting", "exchange")
"""The files of `lua/`, in the order in which they make one script."""

CONNECT_TIMEOUT_S = 1.0
REPLY_TIMEOUT_S = 2.0


def open_redis(url: str) -> Redis:
    """Return a client for `url` (redis, rediss, valkey, valkeys, unix); it connects when it is first used."""
    return Redis.from_url(
        redis_py_url(url),
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=REPLY_TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),  # an idle connection may have been closed meanwhile
    )


def keys_of(lane: Lane) -> list[str]:
    """Return the keys that the script is given."""
    return [lane.key, f"{lane.key}:held", f"{lane.key}:leases", f"{lane.key}:resume"]


def script_text() -> str:
    """Return the whole script."""
    folder = files("worker.limits").joinpath("lua")
    return "\n".join(folder.joinpath(f"{part}.lua").read_text(encoding="utf-8") for part in PARTS)


class LaneScript:
    """Runs exchanges with lanes."""

    def __init__(self, redis: Redis) -> None:
        self._run = redis.register_script(script_text())

    async def exchange(self, lane: Lane, message: Message) -> Reply:
        """Tell the lane `message` and return its reply; raises `LimiterUnavailableError`."""
        try:
            return decode_reply(await self._run(keys=keys_of(lane), args=[encode_message(message)]))
        except (RedisError, OSError, TimeoutError) as error:
            raise LimiterUnavailableError(
                f"the rate limiter's Redis does not answer ({type(error).__name__}); calls wait until it does"
            ) from error
