"""OpenAI's own client, pointed at the api; it does not retry."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.conftest import NOWHERE, settings_for
from tests.api.serving import serving


@pytest.fixture
def openai_sdk(url: str) -> Iterator[openai.OpenAI]:
    """Return a client that uses the dialect's own addresses."""
    with openai.OpenAI(base_url=f"{url}/openai/v1", api_key="sk-test", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def shared_url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an api that a module shares, where it does not matter what others have stored there."""
    path = tmp_path_factory.mktemp("shared") / "promptmill.db"
    path.write_bytes(sqlite_template.read_bytes())
    settings = settings_for(f"sqlite:///{path}", NOWHERE)
    store = Store(open_engine(settings.database_url))
    with serving(settings, store) as url:
        yield url
    store.close()


@pytest.fixture(scope="module")
def shared_sdk(shared_url: str) -> Iterator[openai.OpenAI]:
    """Return a client of the shared api."""
    with openai.OpenAI(base_url=f"{shared_url}/openai/v1", api_key="sk-test", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def shared_http(shared_url: str) -> Iterator[httpx.Client]:
    """Return a plain client of the shared api."""
    with httpx.Client(base_url=shared_url, timeout=30) as client:
        yield client
