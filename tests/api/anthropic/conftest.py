"""A sandbox as Claude's API, for what the api asks it directly."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import anthropic
import pytest

from jobs.settings import Settings
from jobs.store.connect import open_engine
from jobs.store.store import Store
from tests.api.conftest import NOWHERE, settings_for
from tests.api.serving import serving

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """Start a sandbox; return its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--latency-ms", "0"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().split()[1]
    process.terminate()
    process.wait()
    process.stdout.close()


@pytest.fixture(scope="module")
def settings_of_module(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return the settings of an api that a module shares, because nothing is stored there."""
    path = tmp_path_factory.mktemp("relaying") / "promptmill.db"
    path.write_bytes(sqlite_template.read_bytes())
    return settings_for(f"sqlite:///{path}", NOWHERE)


@pytest.fixture(scope="module")
def relaying(settings_of_module: Settings, sandbox_url: str) -> Iterator[anthropic.Anthropic]:
    """Return the SDK, pointed at an api that has a key for Claude's API."""
    settings = replace(settings_of_module, anthropic_base_url=sandbox_url, anthropic_api_key="sk-ant-ours")
    yield from _sdk(settings)


@pytest.fixture(scope="module")
def keyless(settings_of_module: Settings) -> Iterator[anthropic.Anthropic]:
    """Return the SDK, pointed at an api that has no key for Claude's API."""
    yield from _sdk(settings_of_module)


def _sdk(settings: Settings) -> Iterator[anthropic.Anthropic]:
    store = Store(open_engine(settings.database_url))
    with (
        serving(settings, store) as url,
        anthropic.Anthropic(base_url=url, api_key="sk-ant-theirs", max_retries=0) as client,
    ):
        yield client
    store.close()
