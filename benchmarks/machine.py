"""What figures depend on beside the code, and the cores that they are measured on."""

import os
import platform
import resource
import subprocess
from collections.abc import Mapping
from functools import partial
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".peers" / "bin" / "python"
CONTENDER_CORE = 0
OTHERS_CORE = (os.cpu_count() or 1) - 1
CAN_PIN = hasattr(os, "sched_setaffinity")
OURS = ("aiohttp", "celery", "msgspec", "psycopg", "sqlalchemy", "uvicorn", "uvloop")
THEIRS = ("anthropic", "async-batch-llm", "celery", "httpx", "httpx-aiohttp", "litellm", "saq", "taskiq")


def pin(core: int) -> None:
    """Keep this process and its children on one core, where the platform lets it."""
    if CAN_PIN:
        os.sched_setaffinity(0, {core})


def pinned(core: int) -> partial[None]:
    """Return what makes `subprocess` pin a child before it starts."""
    return partial(pin, core)


def allow_many_files() -> None:
    """Raise the limit on open files, sockets among them, as far as the system lets us."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def machine() -> dict[str, object]:
    """Return what was measured on, with what, and when in the project's history."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "pinned": CAN_PIN,
        "commit": _said(["git", "rev-parse", "--short", "HEAD"]),
        "versions": {name: metadata.version(name) for name in OURS},
        "peers": _versions_of_peers(),
    }


def _versions_of_peers() -> Mapping[str, str]:
    if not PEERS.exists():
        return {}
    program = f"from importlib.metadata import version\nfor each in {THEIRS!r}: print(each, version(each))"
    return dict(line.split() for line in _said([str(PEERS), "-c", program]).splitlines())


def _said(command: list[str]) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
