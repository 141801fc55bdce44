"""The data folder of a stack: its files, and the lock that keeps a second stack out of it."""

import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from promptmill.errors import StackError

DEFAULT_FOLDER = ".promptmill"
LEFTOVERS_PATIENCE_S = 15.0  # for what a killed supervisor left behind to be cleared away
PAUSE_S = 0.1
SECRET_BYTES = 32


class StackRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a running stack tells others on this machine about itself."""

    pid: int
    url: str
    key: str | None = None
    """What its api lets in, for whoever may read this: that is whoever may read the database."""


class DataFolder:
    """A folder that holds everything a stack keeps: database, broker files, logs."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self.database = self.path / "promptmill.db"
        self.broker = self.path / "valkey"
        self.logs = self.path / "logs"
        self.webhook_secret = self.path / "webhook.secret"
        self._lock = self.path / "lock"
        self._record = self.path / "stack.json"

    def make(self) -> None:
        """Create what is missing; raises `StackError`."""
        try:
            for folder in (self.path, self.broker, self.logs):
                folder.mkdir(parents=True, exist_ok=True)
            # Prompts and answers are nobody else's business on a shared machine.
            self.path.chmod(0o700)
        except OSError as error:
            raise StackError(
                f"cannot keep data in {self.path} ({error.strerror}): choose another folder with --data"
            ) from error

    def keep_webhook_secret(self) -> None:
        """Make the master from which webhooks are signed, unless there is one; raises `StackError`."""
        try:
            descriptor = os.open(self.webhook_secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return
        except OSError as error:
            raise StackError(f"cannot keep a secret in {self.path}: {error.strerror}") from error
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(SECRET_BYTES) + "\n")

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Yield the descriptor of the held lock; raises `StackError` if another stack holds it.

        Whoever inherits the descriptor holds the lock as well: it is free once all of them are gone.
        """
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(descriptor)
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield descriptor
        finally:
            os.close(descriptor)

    def announce(self, url: str, *, key: str | None = None) -> None:
        """Let the user's other commands find the stack, and be let in."""
        fresh = self._record.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.encode(StackRecord(pid=os.getpid(), url=url, key=key)))
        fresh.replace(self._record)

    def withdraw(self) -> None:
        """Take back what was announced."""
        self._record.unlink(missing_ok=True)

    def announced_url(self) -> str | None:
        """Return the URL of the stack that runs on this folder, None if none does."""
        record = self._running()
        return None if record is None else record.url

    def key_for(self, url: str) -> str | None:
        """Return the key for the stack that runs on this folder, None if the one at `url` is another."""
        record = self._running()
        return record.key if record is not None and record.url == url else None

    def _running(self) -> StackRecord | None:
        try:
            record = msgspec.json.decode(self._record.read_bytes(), type=StackRecord)
        except (OSError, msgspec.MsgspecError):
            return None
        return record if _is_alive(record.pid) and record.pid == self._holder() else None

    def _take(self, descriptor: int) -> None:
        deadline = time.monotonic() + LEFTOVERS_PATIENCE_S
        while not _try_lock(descriptor, self.path):
            holder = self._holder()
            if holder is not None and _is_alive(holder):
                raise StackError(
                    f"another promptmill (process {holder}) is running on {self.path}: "
                    f"stop it first, or choose another folder with --data"
                )
            if time.monotonic() > deadline:
                raise StackError(
                    f"processes of a promptmill that was killed still use {self.path}: "
                    f"end them (`fuser {self._lock}` lists them), then try again"
                )
            time.sleep(PAUSE_S)

    def _holder(self) -> int | None:
        with suppress(OSError, ValueError):
            return int(self._lock.read_text())
        return None


def _try_lock(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise StackError(
            f"{path} is on a file system without locks ({error.strerror}): choose a local folder with --data"
        ) from error
    return True


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
