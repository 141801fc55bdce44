"""The api on a real socket, over each database in turn and a real broker."""

from collections.abc import Iterator
from pathlib import Path
from zlib import crc32

import anthropic
import httpx
import pytest

from jobs.settings import Settings, read_settings
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.serving import serving
from tests.conftest import DATABASES

HERE = Path(__file__).parent
NOWHERE = "redis://127.0.0.1:1/0"


def settings_for(database_url: str, redis_url: str) -> Settings:
    """Return the settings of an api that takes bodies of up to a megabyte."""
    return read_settings(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PROMPTMILL_PORT": "0",
            "PROMPTMILL_MAX_BODY_MB": "1",
        }
    )


@pytest.fixture
def settings(database_url: str, valkey_url: str) -> Settings:
    """Return settings for each database in turn."""
    return settings_for(database_url, valkey_url)


@pytest.fixture
def url(settings: Settings, store: Store) -> Iterator[str]:
    """Serve the api; return its URL."""
    with serving(settings, store) as served_at:
        yield served_at


@pytest.fixture
def http(url: str) -> Iterator[httpx.Client]:
    """Return a client of the api."""
    with httpx.Client(base_url=url, timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def refusing(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Return a client of an api that a module shares, because it stores nothing there."""
    path = tmp_path_factory.mktemp("refusing") / "promptmill.db"
    path.write_bytes(sqlite_template.read_bytes())
    settings = settings_for(f"sqlite:///{path}", NOWHERE)
    store = Store(open_engine(settings.database_url))
    with serving(settings, store) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client
    with store.read() as tx:
        stored = tx.jobs.list(tenant="default", limit=10)
    store.close()
    assert stored == [], "a refused submission was stored"


@pytest.fixture
def sdk(url: str) -> Iterator[anthropic.Anthropic]:
    """Return Anthropic's own client, pointed at the api; it does not retry."""
    with anthropic.Anthropic(base_url=url, api_key="sk-ant-test", max_retries=0) as client:
        yield client


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave every test on one of the databases to the long suite, half of them on each: the store has all."""
    for item in items:
        if HERE not in item.path.parents or not isinstance(item, pytest.Function):
            continue
        database = getattr(item, "callspec", None) and item.callspec.params.get("database_url")
        if database is not None and DATABASES.index(database) == crc32(item.originalname.encode()) % 2:
            item.add_marker(pytest.mark.long)
