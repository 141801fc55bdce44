import pytest
from redis import Redis

from tests.journeys.stack import Stack


@pytest.fixture
def stack(tmp_path, database_url, valkey_url):
    stack = Stack(tmp_path, database_url=database_url, redis_url=valkey_url)
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory, sqlite_template, valkey_server):
    """Run one whole stack on SQLite for all tests of a module that do not break it."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "promptmill.db").write_bytes(sqlite_template.read_bytes())
    with Redis.from_url(valkey_server) as broker:
        broker.flushall()
    stack = Stack(folder, database_url=f"sqlite:///{folder / 'promptmill.db'}", redis_url=valkey_server)
    stack.start_all("--latency-ms", "0")
    yield stack
    stack.close()
