"""News of jobs, by way of the broker: whoever follows a job looks into SQL at once instead of in a moment."""

import threading
from collections.abc import Iterator, Sequence
from time import monotonic

import msgspec
from redis import Redis
from redis.exceptions import RedisError

from jobs.settings import redis_py_url

CHANNEL = "promptmill:news"
MOST_IDS = 500  # in one message
TIMEOUT_S = 0.5
REST_S = 5.0  # after a broker that could not be reached: those who announce have better things to do


class NewsItem(msgspec.Struct, frozen=True):
    """Which jobs and batches have changed; what has become of them is in SQL."""

    jobs: list[str] = []
    batches: list[str] = []


class News:
    """Announces what was committed; news that gets lost is made up for by the readers' slow poll."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_py_url(redis_url), socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
        )
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def announce(self, *, jobs: Sequence[str] = (), batches: Sequence[str] = ()) -> None:
        """Tell the followers of these; a broker that is down raises nothing and is left alone for a while."""
        with self._lock:
            if monotonic() < self._rests_until:
                return
            try:
                for item in _items(jobs, batches):
                    self._redis.publish(CHANNEL, msgspec.json.encode(item))
            except (RedisError, OSError):
                self._rests_until = monotonic() + REST_S

    def close(self) -> None:
        """Close the connections."""
        self._redis.close()


def _items(jobs: Sequence[str], batches: Sequence[str]) -> Iterator[NewsItem]:
    for start in range(0, max(len(jobs), len(batches)), MOST_IDS):
        end = start + MOST_IDS
        yield NewsItem(list(jobs[start:end]), list(batches[start:end]))
