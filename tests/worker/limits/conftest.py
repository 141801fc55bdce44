"""A plain Redis client on the real Valkey, for what the limiter keeps there."""

import pytest
import redis


@pytest.fixture
def lanes(valkey_url):
    with redis.Redis.from_url(valkey_url) as client:
        yield client
