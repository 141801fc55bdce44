"""Whether the broker can be reached, asked anew each time."""

from typing import Literal
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError

BROKER_TIMEOUT_S = 1.0
Reach = Literal["reachable", "unreachable"]


class BrokerProbe:
    """Asks the broker for a sign of life; made fresh each time, so that it tells of now."""

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url.replace("valkey://", "redis://", 1) if _is_valkey(redis_url) else redis_url

    def reach(self) -> Reach:
        """Return whether the broker answers within a second."""
        try:
            with Redis.from_url(
                self._url, socket_timeout=BROKER_TIMEOUT_S, socket_connect_timeout=BROKER_TIMEOUT_S
            ) as client:
                client.ping()
        except (RedisError, OSError):
            return "unreachable"
        return "reachable"


def _is_valkey(url: str) -> bool:
    return urlsplit(url).scheme == "valkey"
