"""A sandbox with limits and a whole stack before it: api, Celery workers with engines, store, Valkey."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.request import Request, urlopen

from promptmill.client import Client
from promptmill.stack.leash import Leash

ROOT = Path(__file__).parents[1]
OURS = ("PROMPTMILL_", "ANTHROPIC_", "DATABASE_URL", "REDIS_URL")
MOST_CALLS = 200_000  # that the sandbox remembers
LATENCY_MS = 200


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """A running sandbox."""

    url: str

    def turn(self, **dials: float) -> None:
        """Change its settings while it runs."""
        body = json.dumps(dials).encode()
        with urlopen(Request(f"{self.url}/_sandbox/settings", data=body, method="PUT")):
            pass

    def moments(self, status: int) -> list[float]:
        """Return when each call came in that was answered with `status`, in Unix seconds."""
        query = f"path=/v1/messages&status={status}&limit={MOST_CALLS}"
        with urlopen(f"{self.url}/_sandbox/calls?{query}") as answer:
            return [datetime.fromisoformat(call["at"]).timestamp() for call in json.load(answer)]


@contextmanager
def sandbox(**flags: float) -> Iterator[Sandbox]:
    """Run a sandbox with these flags."""
    words = [word for name, value in flags.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    with started("sandbox", "--latency-ms", str(LATENCY_MS), *words) as url:
        yield Sandbox(url=url)


@contextmanager
def fleet(upstream: Sandbox, *, workers: int, database_url: str | None) -> Iterator[Client]:
    """Run a stack with so many workers that calls `upstream`; without a database it makes a SQLite file."""
    with tempfile.TemporaryDirectory(prefix="promptmill-bench-") as folder:
        given = {"ANTHROPIC_BASE_URL": upstream.url, "ANTHROPIC_API_KEY": "sk-ant-bench"}
        if database_url:
            given |= {"DATABASE_URL": database_url, "PROMPTMILL_SPILL_DIR": folder}
        words = ("--port", "0", "--workers", str(workers), "--data", folder, "--until-eof")
        with started("promptmill", "up", *words, **given) as url, Client(url) as client:
            yield client


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[str]:
    """Run one of our modules until it has said where it listens; yield that, and stop it afterwards."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    leash = Leash(lock=sys.stderr.fileno(), scratch=Path(tempfile.mkdtemp(prefix="promptmill-leash-")))
    with (
        closing(leash),
        tempfile.TemporaryFile() as log,  # the api logs every request
        subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=kept | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        leash.add(process.pid)  # whatever becomes of us, it ends with us
        assert process.stdout is not None
        try:
            if not (line := process.stdout.readline()):
                log.seek(0)
                raise SystemExit(f"{arguments[0]} did not start:\n{log.read().decode()}")
            yield line.split()[-1]
        finally:
            process.terminate()
            process.communicate()
            leash.remove(process.pid)
