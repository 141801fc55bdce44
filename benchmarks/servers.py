"""Servers under measurement, each on the contenders' core: our api, and LiteLLM's proxy."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.arena import Arena, ContenderError
from benchmarks.machine import CONTENDER_CORE, PEERS, ROOT, pinned
from benchmarks.watching import stopped

READY_S = 120.0
LOOK_S = 0.1
PROXY_KEY = "sk-bench"
MODEL = "claude-haiku-4-5"
PROXY_CONFIG = """
model_list:
  - model_name: {model}
    litellm_params: {{model: anthropic/{model}, api_base: "{url}", api_key: bench}}
files_settings:
  - {{custom_llm_provider: openai, api_base: "{url}/v1", api_key: bench}}
general_settings: {{master_key: {key}}}
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that answers."""

    url: str
    pid: int


@contextmanager
def our_api(arena: Arena, database_url: str, *, core: int = CONTENDER_CORE) -> Iterator[Server]:
    """Run the api on an up-to-date database."""
    given = {
        "DATABASE_URL": database_url,
        "REDIS_URL": arena.redis_url,
        "ANTHROPIC_BASE_URL": arena.standin.url,
        "ANTHROPIC_API_KEY": "bench",
        "PROMPTMILL_PORT": "0",
    }
    with _running([sys.executable, "-m", "api"], given, core, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        if not words:
            raise ContenderError("the api did not start: run `python -m api` to see why")
        yield Server(url=words[-1].decode(), pid=process.pid)


@contextmanager
def litellm_proxy(arena: Arena, *, core: int = CONTENDER_CORE) -> Iterator[Server]:
    """Run LiteLLM's proxy before the stand-in, without a database, one process."""
    config = arena.folder / "litellm.yaml"
    text = PROXY_CONFIG.format(model=MODEL, url=arena.standin.url, key=PROXY_KEY)
    config.write_text(text, encoding="utf-8")
    url = f"http://127.0.0.1:{_free_port()}"
    words = ["--config", str(config), "--host", "127.0.0.1", "--port", url.rpartition(":")[2]]
    given = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
    with _running(
        [str(PEERS.with_name("litellm")), *words], given, core, stdout=subprocess.DEVNULL
    ) as process:
        _await_answer(f"{url}/health/liveliness", process)
        yield Server(url=url, pid=process.pid)


@contextmanager
def _running(
    command: list[str], given: dict[str, str], core: int, *, stdout: int
) -> Iterator[subprocess.Popen[bytes]]:
    with (
        Path(os.devnull).open("wb") as nowhere,
        subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **given},
            stdout=stdout,
            stderr=nowhere,
            preexec_fn=pinned(core),  # noqa: PLW1509 - no threads here
        ) as process,
        stopped(process),
    ):
        yield process


def _await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise ContenderError(f"{process.args!r} ended with {process.returncode} before it answered")
        with suppress(URLError, ConnectionError, TimeoutError), urlopen(url, timeout=5):
            return
        time.sleep(LOOK_S)
    raise ContenderError(f"{url} did not answer within {READY_S:.0f} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
