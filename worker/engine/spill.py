"""Outcomes on disk: what a stopping worker could not write, kept for the next worker that starts here."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog
from sqlalchemy import make_url

from jobs.ids import IDS
from jobs.outcome import Outcome
from jobs.store.store import Store

FOLDER_VARIABLE = "PROMPTMILL_SPILL_DIR"
PREFIX = "spill_"
SETTLED_AT_ONCE = 500  # outcomes in one transaction
OWNER_ONLY = 0o700
OUTCOME = msgspec.json.Decoder(Outcome)


def spill_folder(environment: Mapping[str, str], database_url: str) -> Path:
    """Return where to spill: `PROMPTMILL_SPILL_DIR`, else beside the SQLite file, else the user's state."""
    if named := environment.get(FOLDER_VARIABLE):
        return Path(named)
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        return Path(url.database).absolute().parent / "spill"
    state = environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "promptmill" / "spill"


class Spill:
    """A folder of files with one outcome a line; several databases and workers may share it."""

    def __init__(self, folder: Path, *, database_url: str) -> None:
        self._folder = folder
        self._mark = _mark_of(database_url)
        self._log = structlog.get_logger("spill")

    def keep(self, outcomes: Sequence[Outcome]) -> Path:
        """Write `outcomes` to a file of their own, whole and on the disk; raises `OSError`."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
        path = self._folder / f"{self._mark}.{IDS.make(PREFIX)}.jsonl"
        begun = path.with_suffix(".new")
        lines = b"".join(msgspec.json.encode(outcome) + b"\n" for outcome in outcomes)
        try:
            _write_durably(begun, lines)
            begun.replace(path)
        except OSError:
            with suppress(OSError):
                begun.unlink(missing_ok=True)
            raise
        _sync_folder(self._folder)
        return path

    def settle(self, store: Store) -> int:
        """Settle what was spilled for this database; return how many jobs that ended or moved.

        The fence holds: a job that was rescued meanwhile runs again, and its spilled outcome is dropped.
        Raises `StoreUnavailableError`; what was not settled then stays on disk.
        """
        return sum(
            self._settle_file(path, store) for path in sorted(self._folder.glob(f"{self._mark}.*.jsonl"))
        )

    def _settle_file(self, path: Path, store: Store) -> int:
        try:
            outcomes = [OUTCOME.decode(line) for line in path.read_bytes().splitlines()]
        except FileNotFoundError:
            return 0  # another worker that starts here was quicker
        except (OSError, msgspec.MsgspecError) as error:
            self._log.error("spill_unreadable", path=str(path), error=str(error))
            return 0
        written = 0
        for start in range(0, len(outcomes), SETTLED_AT_ONCE):
            with store.write() as tx:
                written += len(tx.jobs.settle(outcomes[start : start + SETTLED_AT_ONCE]))
        path.unlink(missing_ok=True)
        self._log.info("spill_settled", path=str(path), outcomes=len(outcomes), written=written)
        return written


def _mark_of(database_url: str) -> str:
    """Return what tells the files of one database from another's, and keeps its password to itself."""
    url = make_url(database_url)
    place = f"{url.get_backend_name()}|{url.host}|{url.port}|{url.database}|{url.query.get('host')}"
    return hashlib.sha256(place.encode()).hexdigest()[:12]


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
