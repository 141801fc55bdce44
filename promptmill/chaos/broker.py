"""The broker under test: the embedded one, or an empty database of a Redis that was given."""

import shutil
import signal
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from redis import Redis
from redis.exceptions import RedisError

from promptmill.chaos.patience import until
from promptmill.chaos.process import Process
from promptmill.errors import StackError

DATABASES = 16  # as many as a Redis has unless it is told otherwise
START_S = 30.0


class Broker(Protocol):
    """What can be done to a broker without hurting anybody else."""

    def flush(self) -> None:
        """Empty it."""


class GivenBroker:
    """A database of somebody's Redis that was empty when we came."""

    def __init__(self, url: str) -> None:
        self._url = url

    def flush(self) -> None:
        """Empty our database, and no other."""
        with _connect(self._url) as redis:
            redis.flushdb()


class OwnBroker:
    """The embedded broker."""

    def __init__(self, process: Process, *, url: str, folder: Path) -> None:
        self._process = process
        self._url = url
        self._folder = folder

    def flush(self) -> None:
        """Empty it."""
        with _connect(self._url) as redis:
            redis.flushall()

    def kill(self) -> None:
        """End it as a crash would, and lose all that it kept."""
        self._process.kill()
        shutil.rmtree(self._folder)
        self._folder.mkdir()

    def start(self) -> None:
        """Start it again."""
        self._process.start()
        until(self._process.part.is_ready, "the broker to start", timeout_s=START_S)

    def freeze(self) -> None:
        """Have it hold all connections open and answer nobody."""
        self._process.send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send(signal.SIGCONT)


def empty_database(url: str) -> str:
    """Return the URL of an empty database of the Redis at `url`, that one if it is; raises `StackError`."""
    candidates = [url]
    if urlsplit(url).scheme != "unix":
        candidates += [urlsplit(url)._replace(path=f"/{number}").geturl() for number in range(DATABASES)]
    try:
        for candidate in candidates:
            if _is_empty(candidate):
                return candidate
    except RedisError as error:
        raise StackError(f"REDIS_URL: cannot look for an empty database there: {error}") from error
    raise StackError(
        "REDIS_URL: every database there holds something, and chaos empties the one it uses: "
        "give it an empty one, or leave REDIS_URL out for an embedded broker"
    )


def _is_empty(url: str) -> bool:
    with _connect(url) as redis:
        size: object = redis.dbsize()
        return size == 0


def _connect(url: str) -> Redis:
    scheme, _, rest = url.partition("://")
    return Redis.from_url(f"{'redis' if scheme == 'valkey' else scheme}://{rest}")
