"""How many requests a tenant makes a minute, counted by all api processes together in Redis."""

import time
from contextlib import suppress

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from jobs.settings import redis_py_url
from jobs.tenant import Tenant

KEY_PREFIX = "promptmill:pace:"
TIMEOUT_S = 0.5
CONNECTIONS = 16
REST_S = 5.0  # after Redis could not be asked

# A bucket that holds a minute's requests and fills up evenly; kept as the moment at which it is full, in
# milliseconds by Redis' own clock. Returns how long to wait, 0 if the request was counted.
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local each = 60000 / ARGV[1]
local full_at = math.max(tonumber(redis.call('GET', KEYS[1])) or now, now) + each
local wait = full_at - now - 60000
if wait > 0.001 then return math.ceil(wait) end
redis.call('SET', KEYS[1], string.format('%.3f', full_at), 'PX', 120000)
return 0
"""


class Pace:
    """Counts requests; while Redis cannot be asked, none is held up: a cap is not worth an outage."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_pool(
            BlockingConnectionPool.from_url(
                redis_py_url(redis_url),
                max_connections=CONNECTIONS,
                timeout=TIMEOUT_S,
                socket_timeout=TIMEOUT_S,
                socket_connect_timeout=TIMEOUT_S,
            )
        )
        self._rests_until = 0.0
        self._log = structlog.get_logger("api")

    async def wait_s(self, tenant: Tenant) -> float:
        """Count a request of the tenant; return the seconds after which it may be made, 0 if now."""
        if tenant.requests_per_minute is None or time.monotonic() < self._rests_until:
            return 0.0
        try:
            wait_ms = await self._redis.eval(TAKE, 1, KEY_PREFIX + tenant.name, tenant.requests_per_minute)
        except (RedisError, OSError) as error:
            self._rests_until = time.monotonic() + REST_S
            self._log.warning("requests_not_counted", error=type(error).__name__)
            return 0.0
        return float(wait_ms) / 1000

    async def aclose(self) -> None:
        """Close the connections."""
        with suppress(RedisError, OSError):
            await self._redis.aclose()
