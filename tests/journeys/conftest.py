import pytest

from tests.journeys.stack import Stack


@pytest.fixture
def stack(tmp_path, database_url, valkey_url):
    stack = Stack(tmp_path, database_url=database_url, redis_url=valkey_url)
    yield stack
    stack.close()
